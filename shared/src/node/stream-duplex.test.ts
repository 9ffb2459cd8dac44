import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Duplex, PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  errorCodeOfReset,
  type ResetCode,
  type SessionStream,
  type SessionStreamListener,
} from '../session-stream.ts'
import { toDuplex } from './stream-duplex.ts'

/** One end of an in-memory pair: takes `WINDOW` bytes before the other side must read. */
class FakeStream implements SessionStream {
  readonly id = 1
  readonly target = { host: 'example.org', port: 443 }
  readonly calls: string[] = []
  peer: FakeStream | undefined
  #incoming: (Uint8Array | null)[] = []
  #inFlight = 0
  listener: SessionStreamListener = {}

  listen(listener: SessionStreamListener) {
    this.listener = listener
  }
  read() {
    const bytes = this.#incoming.shift()
    if (bytes && this.peer) this.peer.acknowledge(bytes.length)
    return bytes
  }
  get writableBytes() {
    return WINDOW - this.#inFlight
  }
  write(bytes: Uint8Array) {
    this.#inFlight += bytes.length
    this.peer?.arrive(bytes)
  }
  end() {
    this.calls.push('end')
    this.peer?.arrive(null)
  }
  accept() {}
  sendDatagram() {}
  reset(code: ResetCode) {
    this.calls.push(`reset ${code}`)
    const { peer } = this
    queueMicrotask(() => peer?.listener.failed?.(errorCodeOfReset(code)))
  }
  arrive(bytes: Uint8Array | null) {
    this.#incoming.push(bytes)
    queueMicrotask(() => this.listener.readable?.())
  }
  acknowledge(length: number) {
    const wasFull = this.writableBytes <= 0
    this.#inFlight -= length
    if (wasFull && this.writableBytes > 0) queueMicrotask(() => this.listener.writable?.())
  }
}

const WINDOW = 1_000

/** Unlike `node:stream/consumers`, leaves a stream that has ended alone, so that it can be written to still. */
async function buffer(duplex: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  duplex.on('data', (chunk) => chunks.push(chunk))
  await once(duplex, 'end')
  return Buffer.concat(chunks)
}

function pair() {
  const near = new FakeStream()
  const far = new FakeStream()
  near.peer = far
  far.peer = near
  return { near, far, a: toDuplex(near), b: toDuplex(far) }
}

describe('toDuplex', () => {
  it('carries any chunks both ways at once and ends cleanly, without a reset', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3 * WINDOW }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(chunks, chunks, async (up, down) => {
        const { near, far, a, b } = pair()
        const [received, sent] = await Promise.all([
          buffer(b),
          buffer(a),
          pipeline(Readable.from(up), a),
          pipeline(Readable.from(down), b),
        ])
        expect(received).toEqual(Buffer.concat(up))
        expect(sent).toEqual(Buffer.concat(down))
        await Promise.all([a, b].map(async (duplex) => duplex.closed || (await once(duplex, 'close'))))
        expect([near.calls, far.calls]).toEqual([['end'], ['end']])
      }),
      { numRuns: 50 },
    )
  })

  it('goes on reading after its own half-close', async () => {
    const { a, b } = pair()
    a.end('question')
    expect(await buffer(b)).toEqual(Buffer.from('question'))
    b.end('answer')
    expect(await buffer(a)).toEqual(Buffer.from('answer'))
  })

  it('stops reading the stream while nobody takes the bytes, and stops taking bytes without a window', async () => {
    const { near, a, b } = pair()
    const source = new PassThrough()
    source.pipe(a)
    let written = 0
    while (near.writableBytes > -WINDOW && written < 1_000_000) {
      written += 500
      if (!source.write(Buffer.alloc(500))) break
      await new Promise(setImmediate)
    }
    await new Promise(setImmediate)
    expect(b.readableLength).toBeLessThan(b.readableHighWaterMark + WINDOW)
    expect(near.writableBytes).toBeGreaterThan(-2 * WINDOW)
    source.end()
    expect((await buffer(b)).length).toBe(written)
  })

  it('tells of its idleness as a socket does, for libraries that take it for one', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { a } = pair()
    const socket = a as Socket
    let timeouts = 0
    socket.setNoDelay(true).setKeepAlive(true).ref().unref().setTimeout(1_000)
    socket.on('timeout', () => {
      timeouts += 1
    })
    vi.advanceTimersByTime(999)
    socket.write('something')
    vi.advanceTimersByTime(999)
    expect(timeouts).toBe(0)
    vi.advanceTimersByTime(1)
    expect(timeouts).toBe(1)
    socket.write('something')
    socket.setTimeout(0)
    vi.advanceTimersByTime(5_000)
    socket.setTimeout(1_000)
    socket.destroy()
    vi.advanceTimersByTime(5_000)
    expect(timeouts).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('passes a chunk on as the same memory', async () => {
    const { a, b } = pair()
    const chunk = Buffer.from('one chunk')
    a.write(chunk)
    const [received] = (await once(b, 'data')) as [Buffer]
    expect(received.buffer).toBe(chunk.buffer)
    expect(received.byteOffset).toBe(chunk.byteOffset)
  })

  it('resets the stream when it is destroyed, and the other side fails with the matching code', async () => {
    const { near, a, b } = pair()
    a.destroy()
    const [error] = await once(b, 'error')
    expect(error).toMatchObject({ name: 'FootbridgeError', code: 'reset' })
    expect(near.calls).toEqual(['reset 1'])
  })

  it('may fail before anybody listens, without ending the program', async () => {
    const { near, a } = pair()
    near.listener.failed?.('reset')
    await new Promise((resolve) => setImmediate(resolve))
    expect(a.errored).toMatchObject({ code: 'reset' })
  })

  it('fails a write that waits for a window when it is destroyed', async () => {
    const { a, b } = pair()
    const failed = new Promise((resolve) => a.write(Buffer.alloc(2 * WINDOW), resolve))
    a.destroy()
    await once(b, 'error')
    expect(await failed).toMatchObject({ code: 'closed' })
  })
})
