import { type Datagram, FootbridgeError, ResetCode } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import { createAssociate, Datagrams } from './datagrams.ts'
import { FakeStream } from './fake-stream.test.helper.ts'
import { StreamOpener } from './stream-opener.ts'

function numbered(number: number, length = 1): Datagram {
  return { host: '192.0.2.1', port: 53, data: new Uint8Array(length).fill(number) }
}

async function collect(datagrams: Datagrams): Promise<number[]> {
  const numbers: number[] = []
  for await (const { data } of datagrams) numbers.push(data[0] ?? -1)
  return numbers
}

function openerOf(stream: FakeStream): StreamOpener {
  return new StreamOpener({ session: () => ({ open: () => stream }), connected: () => true })
}

describe('datagrams', () => {
  it('are given to whoever iterates, those that came before included, until they are closed', async () => {
    const stream = new FakeStream()
    const datagrams = new Datagrams(stream)
    const buffer = numbered(1)
    stream.listener.datagram?.(buffer)
    // The session reuses its buffer.
    buffer.data.fill(9)
    const all = collect(datagrams)
    await Promise.resolve()
    stream.listener.datagram?.(numbered(2))
    stream.listener.datagram?.(numbered(3))
    datagrams.close()
    datagrams.close()
    expect(await all).toEqual([1, 2, 3])
    expect(stream.resets).toEqual([ResetCode.aborted])
    expect(() => datagrams.send(numbered(4))).toThrow(expect.objectContaining({ code: 'closed' }))
  })

  it('go to one of several that iterate, each once', async () => {
    const stream = new FakeStream()
    const datagrams = new Datagrams(stream)
    const [one, other] = [collect(datagrams), collect(datagrams)]
    for (let number = 1; number <= 10; number += 1) {
      stream.listener.datagram?.(numbered(number))
      if (number % 3 === 0) await new Promise(setImmediate)
    }
    datagrams.close()
    const all = [...(await one), ...(await other)].sort((a, b) => a - b)
    expect(all).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('throw when the session is lost, at both ends of the object', async () => {
    const stream = new FakeStream()
    const datagrams = new Datagrams(stream)
    const all = collect(datagrams)
    stream.listener.failed?.('session-lost')
    await expect(all).rejects.toMatchObject({ name: 'FootbridgeError', code: 'session-lost' })
    expect(() => datagrams.send(numbered(1))).toThrow(expect.objectContaining({ code: 'session-lost' }))
  })

  it('that nobody takes make room for newer ones', async () => {
    const stream = new FakeStream()
    const datagrams = new Datagrams(stream)
    for (let number = 0; number < 200; number += 1) stream.listener.datagram?.(numbered(number, 60_000))
    datagrams.close()
    const numbers = await collect(datagrams)
    expect(numbers.length).toBeGreaterThan(10)
    expect(numbers.length * 60_000).toBeLessThan(1_100_000)
    expect(numbers.at(-1)).toBe(199)
  })

  it('end when the signal fires, and with `await using`', async () => {
    const stream = new FakeStream()
    const controller = new AbortController()
    const opening = createAssociate(openerOf(stream))({ signal: controller.signal })
    stream.listener.opened?.()
    const datagrams = await opening
    controller.abort()
    expect(await collect(datagrams)).toEqual([])
    expect(stream.resets).toHaveLength(1)
    const other = new FakeStream()
    await new Datagrams(other)[Symbol.asyncDispose]()
    expect(other.resets).toHaveLength(1)
  })

  it('are refused in words by an egress that has none', async () => {
    const stream = new FakeStream()
    const opening = createAssociate(openerOf(stream))({ signal: new AbortController().signal })
    stream.listener.failed?.('unknown-host')
    await expect(opening).rejects.toThrow(
      new FootbridgeError('unavailable', 'the egress of this network carries no datagrams'),
    )
  })

  it('are given up when the signal fires before they are open', async () => {
    const stream = new FakeStream()
    const controller = new AbortController()
    const opening = createAssociate(openerOf(stream))({ signal: controller.signal })
    controller.abort()
    await expect(opening).rejects.toMatchObject({ code: 'aborted' })
    expect(stream.resets).toHaveLength(1)
  })
})
