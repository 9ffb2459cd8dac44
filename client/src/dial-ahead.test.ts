import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { FootbridgeError, ResetCode } from '@footbridge/shared'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAgent } from './agent.ts'
import type { Dial } from './dial.ts'
import { FakeStream } from './fake-stream.test.helper.ts'
import { createDispatcher, createFetch } from './fetch.ts'
import { StreamOpener } from './stream-opener.ts'

const TARGET = { host: 'example.org', port: 443 }
const { signal } = new AbortController()

/** Fails as soon as something was written to it, as a request or a ClientHello is. */
class RefusingStream extends FakeStream {
  override write(bytes: Uint8Array): void {
    super.write(bytes)
    setImmediate(() => this.listener.failed?.('refused'))
  }
}

/** An opener, and the streams that it opens. */
function begin(
  timeoutMs?: number,
  Stream = FakeStream,
): { opener: StreamOpener; streams: FakeStream[]; dial: Dial } {
  const streams: FakeStream[] = []
  const open = () => {
    const stream = new Stream()
    streams.push(stream)
    return stream
  }
  const opener = new StreamOpener({
    session: () => ({ open }),
    connected: () => true,
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  return { opener, streams, dial: (target, { signal }) => opener.openAhead(target, signal) }
}

describe('a pipe that is opened ahead', () => {
  it('takes what is written before its target is reached', async () => {
    const { opener, streams } = begin()
    const pipe = await opener.openAhead(TARGET, signal)
    pipe.write('early')
    expect(Buffer.concat(streams[0]?.written ?? []).toString()).toBe('early')
    pipe.destroy()
  })

  it('fails as the dial would when the target refuses', async () => {
    const { opener, streams } = begin()
    const pipe = await opener.openAhead(TARGET, signal)
    streams[0]?.listener.failed?.('refused')
    const [error] = await once(pipe, 'error')
    expect(error).toEqual(new FootbridgeError('refused', 'the target refused the connection'))
  })

  it('fails as a stream does once the target was reached', async () => {
    const { opener, streams } = begin()
    const pipe = await opener.openAhead(TARGET, signal)
    streams[0]?.listener.opened?.()
    streams[0]?.listener.failed?.('reset')
    const [error] = await once(pipe, 'error')
    expect(error).toMatchObject({ code: 'reset', message: expect.stringContaining('ended early') })
  })

  it('fails when the target is not reached in time, and resets the stream', async () => {
    const { opener, streams } = begin(20)
    const pipe = await opener.openAhead(TARGET, signal)
    const [error] = await once(pipe, 'error')
    expect(error).toMatchObject({ name: 'FootbridgeError', code: 'timeout' })
    expect(streams[0]?.resets).toContain(ResetCode.aborted)
  })

  it('fails when the signal fires before the target is reached', async () => {
    const { opener, streams } = begin()
    const controller = new AbortController()
    const pipe = await opener.openAhead(TARGET, controller.signal)
    controller.abort()
    const [error] = await once(pipe, 'error')
    expect(error).toMatchObject({ name: 'FootbridgeError', code: 'aborted' })
    expect(streams[0]?.resets).toContain(ResetCode.aborted)
  })

  it('is rejected while there is no session when the opener closes', async () => {
    const opener = new StreamOpener({ session: () => undefined, connected: () => false })
    const waiting = opener.openAhead(TARGET, signal)
    opener.close()
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await expect(opener.openAhead(TARGET, signal)).rejects.toMatchObject({ code: 'closed' })
  })
})

describe.each(['http', 'https'] as const)('a request over %s whose target is not reached', (scheme) => {
  const url = `${scheme}://example.org/`
  const failure = { name: 'FootbridgeError', code: 'refused', message: 'the target refused the connection' }

  const refusing = () => begin(undefined, RefusingStream).dial

  it.each(['GET', 'POST'])('rejects fetch of %s with the dial’s own error', async (method) => {
    const dispatcher = createDispatcher(refusing())
    onTestFinished(() => dispatcher.destroy())
    const init = method === 'POST' ? { method, body: 'something' } : { method }
    await expect(createFetch(dispatcher)(url, init)).rejects.toMatchObject(failure)
  })

  it('rejects each of several at once', async () => {
    const dispatcher = createDispatcher(refusing())
    onTestFinished(() => dispatcher.destroy())
    const requests = Array.from({ length: 5 }, () => createFetch(dispatcher)(url))
    for (const { reason } of (await Promise.allSettled(requests)) as PromiseRejectedResult[])
      expect(reason).toMatchObject(failure)
  })

  it('fails the agent’s request with the dial’s own error', async () => {
    const request = scheme === 'http' ? httpRequest : httpsRequest
    const [error] = await once(request(url, { agent: createAgent(refusing()) }).end(), 'error')
    expect(error).toMatchObject(failure)
  })

  it('fails by the deadline too', async () => {
    const dispatcher = createDispatcher(begin(50).dial)
    onTestFinished(() => dispatcher.destroy())
    await expect(createFetch(dispatcher)(url)).rejects.toMatchObject({
      name: 'FootbridgeError',
      code: 'timeout',
    })
    const request = scheme === 'http' ? httpRequest : httpsRequest
    const [error] = await once(request(url, { agent: createAgent(begin(50).dial) }).end(), 'error')
    expect(error).toMatchObject({ name: 'FootbridgeError', code: 'timeout' })
  })
})
