import { describe, expect, it } from 'vitest'
import { withDeadline } from './deadline.ts'
import { FootbridgeError } from './errors.ts'

/** Work that goes on until it is stopped. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })

describe('withDeadline', () => {
  const task = 'the work'

  it('gives what the work gives', async () => {
    const { signal } = new AbortController()
    expect(await withDeadline({ signal, timeoutMs: 1_000, task }, async () => 7)).toBe(7)
  })

  it('stops the work when the time is over', async () => {
    const { signal } = new AbortController()
    const over = withDeadline({ signal, timeoutMs: 1, task }, endless)
    await expect(over).rejects.toMatchObject({ code: 'timeout', message: 'the work took more than 1 ms' })
  })

  it("stops the work when the caller's signal fires", async () => {
    const stopping = new AbortController()
    const over = withDeadline({ signal: stopping.signal, timeoutMs: 1_000, task }, endless)
    stopping.abort()
    await expect(over).rejects.toMatchObject({ code: 'aborted' })
  })

  it('does not begin under a signal that has fired', async () => {
    const over = withDeadline({ signal: AbortSignal.abort(), timeoutMs: 1_000, task }, () =>
      expect.fail('began'),
    )
    await expect(over).rejects.toMatchObject({ code: 'aborted' })
  })

  it('passes on why an outer deadline fired', async () => {
    const stopping = new AbortController()
    const over = withDeadline({ signal: stopping.signal, timeoutMs: 1_000, task }, endless)
    stopping.abort(new FootbridgeError('timeout', 'the whole took too long'))
    await expect(over).rejects.toThrow('the whole took too long')
  })
})
