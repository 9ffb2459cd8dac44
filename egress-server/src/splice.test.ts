import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { FootbridgeError, ResetCode } from '@footbridge/shared'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dialTarget } from './dial.ts'
import { createPolicy } from './policy.ts'
import { type Dial, spliceStream } from './splice.ts'
import { MemoryStream } from './stream.test.helper.ts'

const policy = createPolicy({ allowPrivateTargets: true })
const lookup = async () => []

/** Everything up to the end. Unlike an async iterator, leaves the way back open. */
async function readAll(peer: Socket): Promise<Buffer> {
  const received: Buffer[] = []
  peer.on('data', (bytes) => received.push(bytes)).resume()
  await once(peer, 'end')
  return Buffer.concat(received)
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('spliceStream', () => {
  let origin: Server
  let target: { host: string; port: number }
  let socket: Socket
  let stopping: AbortController

  const dial: Dial = async (target, signal, onread) => {
    socket = await dialTarget(target, { policy, lookup, signal, onread })
    return socket
  }
  /** A spliced stream, the origin's end of its connection, and the end of the splice. */
  const splice = async (stream: MemoryStream): Promise<{ peer: Socket; over: Promise<void> }> => {
    const over = spliceStream(stream, dial, { signal: stopping.signal })
    const [peer] = (await once(origin, 'connection')) as [Socket]
    await vi.waitFor(() => expect(stream.accepted).toBe(true))
    return { peer, over }
  }

  beforeEach(async () => {
    stopping = new AbortController()
    origin = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    // Tests that end with a reset look at it themselves.
    origin.on('connection', (peer) => peer.on('error', () => {}))
    await once(origin, 'listening')
    target = { host: '127.0.0.1', port: (origin.address() as AddressInfo).port }
  })
  afterEach(() => {
    stopping.abort()
    origin.close()
  })

  it('delivers bytes that the client sent before the connection stood', async () => {
    const stream = new MemoryStream(target)
    stream.client.send('early ')
    stream.client.send('bytes')
    stream.client.end()
    const { peer, over } = await splice(stream)
    expect((await readAll(peer)).toString()).toBe('early bytes')
    peer.end()
    await over
  })

  it('goes on downwards after the client has ended', async () => {
    const stream = new MemoryStream(target)
    const { peer, over } = await splice(stream)
    stream.client.send('question')
    stream.client.end()
    expect((await readAll(peer)).toString()).toBe('question')
    peer.end('answer')
    expect((await stream.client.takeAll()).toString()).toBe('answer')
    await over
    expect(stream.resetCode).toBeUndefined()
  })

  it('goes on upwards after the target has ended', async () => {
    const stream = new MemoryStream(target)
    const { peer, over } = await splice(stream)
    peer.end('goodbye')
    expect((await stream.client.takeAll()).toString()).toBe('goodbye')
    stream.client.send('still ')
    stream.client.send('talking')
    stream.client.end()
    expect((await readAll(peer)).toString()).toBe('still talking')
    await over
    expect(stream.resetCode).toBeUndefined()
  })

  it('tells the client that the target reset the connection', async () => {
    const stream = new MemoryStream(target)
    const { peer, over } = await splice(stream)
    peer.resetAndDestroy()
    await over
    expect(stream.resetCode).toBe(ResetCode.reset)
  })

  it('resets the connection when the client resets the stream', async () => {
    const stream = new MemoryStream(target)
    const { peer, over } = await splice(stream)
    const failed = once(peer, 'error')
    peer.resume()
    stream.client.reset(ResetCode.aborted)
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }])
    await over
  })

  it('resets both sides when the egress stops', async () => {
    const stream = new MemoryStream(target)
    const { peer, over } = await splice(stream)
    const failed = once(peer, 'error')
    peer.resume()
    stopping.abort()
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }])
    await over
    expect(stream.resetCode).toBe(ResetCode.aborted)
  })

  it.each([
    ['refused', ResetCode.refused],
    ['unreachable', ResetCode.unreachable],
    ['unknown-host', ResetCode.unknownHost],
    ['not-allowed', ResetCode.notAllowed],
    ['timeout', ResetCode.timeout],
  ] as const)('tells the client why dialling failed: %s', async (code, resetCode) => {
    const stream = new MemoryStream(target)
    const dial = () => Promise.reject(new FootbridgeError(code, 'failed'))
    await spliceStream(stream, dial, { signal: stopping.signal })
    expect(stream.resetCode).toBe(resetCode)
    expect(stream.accepted).toBe(false)
  })

  it.each([
    ['the client resets the stream', (stream: MemoryStream) => stream.client.reset(ResetCode.aborted)],
    ['the egress stops', () => stopping.abort()],
  ])('stops dialling when %s', async (_, give) => {
    const stream = new MemoryStream(target)
    const dial = (_: unknown, signal: AbortSignal) =>
      new Promise<Socket>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const over = spliceStream(stream, dial, { signal: stopping.signal })
    give(stream)
    await over
    expect(stream.resetCode).toBe(ResetCode.aborted)
    expect(stream.accepted).toBe(false)
  })

  it('drops a connection that comes after the client gave up', async () => {
    const stream = new MemoryStream(target)
    const connected = once(origin, 'connection') as Promise<[Socket]>
    await spliceStream(
      stream,
      async (target, signal, onread) => {
        const socket = await dial(target, signal, onread)
        stream.client.reset(ResetCode.aborted)
        await connected
        return socket
      },
      { signal: stopping.signal },
    )
    expect(socket.destroyed).toBe(true)
    expect(stream.accepted).toBe(false)
  })

  it('holds no more than the window for a client that does not read, and loses nothing', async () => {
    const windowBytes = 65_536
    const content = randomBytes(16 * 1024 * 1024)
    const stream = new MemoryStream(target, windowBytes)
    const { peer, over } = await splice(stream)
    peer.end(content)
    stream.client.end()
    await vi.waitFor(() => expect(stream.writableBytes).toBeLessThanOrEqual(0))
    expect(-stream.writableBytes).toBeLessThanOrEqual(8_192)
    expect(socket.readableLength).toBe(0)
    expect(peer.writableLength).toBeGreaterThan(0)
    expect(sha256(await stream.client.takeAll())).toBe(sha256(content))
    await over
  })

  it('keeps apart what two targets send at the same time', async () => {
    const streams = [new MemoryStream(target, 100_000), new MemoryStream(target, 100_000)]
    const contents = [randomBytes(3_000_000), randomBytes(3_000_000)]
    const splices: Promise<void>[] = []
    for (const [index, stream] of streams.entries()) {
      const { peer, over } = await splice(stream)
      peer.end(contents[index] ?? '')
      stream.client.end()
      splices.push(over)
    }
    const received = await Promise.all(streams.map(({ client }) => client.takeAll()))
    expect(received.map(sha256)).toEqual(contents.map(sha256))
    await Promise.all(splices)
  })

  it('reads nothing of a target until there is room', async () => {
    const stream = new MemoryStream(target, 0)
    const { peer, over } = await splice(stream)
    peer.end('patience')
    await vi.waitFor(() => expect(peer.writableFinished).toBe(true))
    expect(stream.client.received).toEqual([])
    stream.writableBytes = 100
    stream.tell((listener) => listener.writable?.())
    expect((await stream.client.takeAll()).toString()).toBe('patience')
    stream.client.end()
    await over
  })

  it('leaves in the stream what a target that does not read cannot take, and loses nothing', async () => {
    const content = randomBytes(32 * 1024 * 1024)
    const stream = new MemoryStream(target)
    const { peer, over } = await splice(stream)
    peer.pause()
    for (let at = 0; at < content.length; at += 65_536) stream.client.send(content.subarray(at, at + 65_536))
    stream.client.end()
    await vi.waitFor(() => expect(socket.writableNeedDrain).toBe(true))
    // The last chunk, for which the stream has not been asked to return the credit.
    expect(socket.writableLength).toBeLessThanOrEqual(65_536)
    expect(stream.toTarget.length).toBeGreaterThan(1)
    expect(sha256(await readAll(peer))).toBe(sha256(content))
    peer.end()
    await over
  })
})
