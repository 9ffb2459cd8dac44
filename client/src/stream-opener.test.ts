import { describe, expect, it } from 'vitest'
import { StreamOpener } from './stream-opener.ts'

const target = { host: 'example.org', port: 80 }
const { signal } = new AbortController()

describe('a stream opener', () => {
  it('rejects what waits for a session when it closes, and what comes later', async () => {
    const opener = new StreamOpener({ session: () => undefined, connected: () => false })
    const waiting = opener.open(target, signal, (stream) => stream)
    opener.close()
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await expect(opener.open(target, signal, (stream) => stream)).rejects.toMatchObject({ code: 'closed' })
  })
})
