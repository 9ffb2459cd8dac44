import type { ErrorCode, SessionStream } from '@footbridge/shared'
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

  it('goes on with the next session where one is lost before the target is reached', async () => {
    const first = new Streams()
    let running: Streams | undefined = first
    const opener = new StreamOpener({ session: () => running, connected: () => true })
    const opening = opener.open(target, signal, (stream) => stream)
    running = undefined
    first.listener?.failed('session-lost')
    const second = new Streams()
    opener.begin(second)
    second.listener?.opened()
    expect(await opening).toBe(second.stream)
  })

  it('takes what a target says of itself for an answer', async () => {
    const session = new Streams()
    const opener = new StreamOpener({ session: () => session, connected: () => true })
    const opening = opener.open(target, signal, (stream) => stream)
    session.listener?.failed('refused')
    await expect(opening).rejects.toMatchObject({ code: 'refused' })
  })
})

/** A session with one stream. */
class Streams {
  listener: { opened(): void; failed(code: ErrorCode): void } | undefined
  readonly stream = {
    listen: (listener: Streams['listener']) => {
      this.listener = listener
    },
  } as unknown as SessionStream
  readonly open = (): SessionStream => this.stream
}
