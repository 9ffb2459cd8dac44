import { type ErrorCode, ResetCode, type SessionStream, webStreams } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import { echo, letter, MemoryNetwork } from './memory-network.test.helper.ts'

const TARGET = { host: 'example.org', port: 443 }
const PLAIN = letter('a line of the letter', 1_500_000)
const PIECE_BYTES = 10_000
/** More than every buffer and window between a writer and a reader that does not read. */
const STUCK_BYTES = 2_000_000

type Streams = ReturnType<typeof webStreams>

function begin(serve: (stream: SessionStream) => void = echo): { network: MemoryNetwork; streams: Streams } {
  const network = new MemoryNetwork(serve)
  const client = network.addClient()
  network.addBridge(client)
  return { network, streams: webStreams(client.open(TARGET)) }
}

/** What `promise` came to; `undefined` while it has come to nothing. */
function outcomeOf(promise: Promise<unknown>): { readonly state: string | undefined } {
  const outcome: { state: string | undefined } = { state: undefined }
  promise.then(
    () => {
      outcome.state = 'done'
    },
    (error: { code?: string } | undefined) => {
      outcome.state = error?.code ?? 'unknown error'
    },
  )
  return outcome
}

/** Accepts and never reads. */
function ignore(stream: SessionStream): void {
  stream.accept()
}

/** Writes until the stream asks to wait; returns the bytes it took by then, and the writer, stuck in a write. */
async function writeUntilStuck(network: MemoryNetwork, streams: Streams) {
  const writer = streams.writable.getWriter()
  let taken = 0
  const writing = (async () => {
    while (taken < STUCK_BYTES) {
      await writer.write(new Uint8Array(PIECE_BYTES))
      taken += PIECE_BYTES
    }
  })()
  const outcome = outcomeOf(writing)
  await network.pass(1_000)
  return { writer, taken, outcome }
}

describe('web streams over a session', () => {
  it('carry bytes both ways and close each direction on its own', async () => {
    const { network, streams } = begin()
    const parts: Uint8Array[] = []
    const reading = (async () => {
      for await (const part of streams.readable) parts.push(part)
    })()
    const writer = streams.writable.getWriter()
    const writing = (async () => {
      for (let at = 0; at < PLAIN.length; at += PIECE_BYTES)
        await writer.write(PLAIN.subarray(at, at + PIECE_BYTES))
      await writer.close()
    })()
    const over = outcomeOf(Promise.all([streams.opened, reading, writing]))
    await network.run(() => over.state !== undefined)
    expect(over.state).toBe('done')
    expect(Buffer.concat(parts).equals(PLAIN)).toBe(true)
  })

  it('make the writer wait for a reader that does not read, and go on when it does', async () => {
    const held: SessionStream[] = []
    const { network, streams } = begin((stream) => {
      stream.accept()
      held.push(stream)
    })
    const { taken, outcome } = await writeUntilStuck(network, streams)
    expect(outcome.state).toBeUndefined()
    expect(taken).toBeLessThan(1_000_000)
    const [stream] = held
    if (stream === undefined) throw new Error('no stream at the egress')
    const read = (): void => {
      while (stream.read() !== undefined);
    }
    stream.listen({ readable: read })
    read()
    await network.run(() => outcome.state !== undefined)
    expect(outcome.state).toBe('done')
  })

  it('hold nothing that was not asked for: the far writer is stopped by the near reader', async () => {
    let sent = 0
    const { network } = begin((stream) => {
      const fill = (): void => {
        for (; stream.writableBytes > 0 && sent < STUCK_BYTES; sent += PIECE_BYTES)
          stream.write(new Uint8Array(PIECE_BYTES))
      }
      stream.accept()
      stream.listen({ writable: fill })
      fill()
    })
    await network.pass(1_000)
    expect(sent).toBeLessThan(1_000_000)
  })

  it('say when the target was reached', async () => {
    let accept: () => void = () => {}
    const { network, streams } = begin((stream) => {
      accept = () => stream.accept()
    })
    const opened = outcomeOf(streams.opened)
    await network.pass(1_000)
    expect(opened.state).toBeUndefined()
    accept()
    await network.pass(100)
    expect(opened.state).toBe('done')
  })

  it.each([
    [ResetCode.refused, 'refused'],
    [ResetCode.notAllowed, 'not-allowed'],
    [ResetCode.unknownHost, 'unknown-host'],
    [ResetCode.timeout, 'timeout'],
  ])('fail to open, to read and to write with the reason the egress gave (%i)', async (code, expected) => {
    const { network, streams } = begin((stream) => stream.reset(code))
    const outcomes = [
      outcomeOf(streams.opened),
      outcomeOf(streams.readable.getReader().read()),
      outcomeOf(streams.writable.getWriter().closed),
    ]
    await network.pass(100)
    expect(outcomes.map(({ state }) => state)).toEqual([expected, expected, expected])
  })

  it('fail when the session is lost', async () => {
    const { network, streams } = begin()
    const outcomes = [
      outcomeOf(streams.readable.getReader().read()),
      outcomeOf(streams.writable.getWriter().closed),
    ]
    await network.pass(100)
    for (const bridge of network.bridges) bridge.kill()
    await network.pass(61_000)
    expect(outcomes.map(({ state }) => state)).toEqual(['session-lost', 'session-lost'])
  })

  describe.each([
    ['cancelling the readable', (streams: Streams) => streams.readable.cancel()],
    ['aborting the writable', (streams: Streams) => streams.writable.abort()],
  ])('given up by %s', (_, giveUp) => {
    it('reset the stream at the egress and fail the other half here', async () => {
      const failures: ErrorCode[] = []
      const { network, streams } = begin((stream) => {
        stream.accept()
        stream.listen({ failed: (code) => failures.push(code) })
      })
      await network.pass(100)
      const given = outcomeOf(giveUp(streams))
      await network.pass(100)
      expect(given.state).toBe('done')
      expect(failures).toEqual(['reset'])
      const halves = [
        outcomeOf(streams.readable.getReader().closed),
        outcomeOf(streams.writable.getWriter().closed),
      ]
      await network.pass(1)
      expect(halves.map(({ state }) => state)).toContain('aborted')
    })
  })

  it('let go of a write that waits for credit when the writer aborts', async () => {
    const failures: ErrorCode[] = []
    const { network, streams } = begin((stream) => {
      ignore(stream)
      stream.listen({ failed: (code) => failures.push(code) })
    })
    const { writer, outcome } = await writeUntilStuck(network, streams)
    const aborted = outcomeOf(writer.abort())
    await network.pass(100)
    expect(aborted.state).toBe('done')
    expect(outcome.state).toBeDefined()
    expect(failures).toEqual(['reset'])
  })

  it('let go of a read that waits for bytes when the reader cancels', async () => {
    const { network, streams } = begin(ignore)
    const reader = streams.readable.getReader()
    const reading = outcomeOf(reader.read())
    await network.pass(100)
    const cancelled = outcomeOf(reader.cancel())
    await network.pass(100)
    expect([reading.state, cancelled.state]).toEqual(['done', 'done'])
  })
})
