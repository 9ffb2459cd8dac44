import {
  type ErrorCode,
  INITIAL_SESSION_WINDOW_BYTES,
  PATH_DEAD_MS,
  RESUME_TIMEOUT_MS,
  type SessionStream,
} from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import { MemoryNetwork } from './memory-network.test.helper.ts'

const TARGET = { host: 'example.org', port: 443 }
/** Of which all sessions without a path may hold 1 MB, and one session 8 MB. */
const MAX_MEMORY_BYTES = 32_000_000
const ORPHANS_BYTES = 1_000_000
/** The egress has looked since. */
const CHECKED_MS = 251

/** A target that sends without end, and its stream at the egress. */
class Spring {
  written = 0
  failure: ErrorCode | undefined

  constructor(stream: SessionStream) {
    const pour = (): void => {
      for (let room = stream.writableBytes; room > 0; room = stream.writableBytes) {
        const piece = new Uint8Array(Math.min(room, 65_536))
        stream.write(piece)
        this.written += piece.length
      }
    }
    stream.accept()
    stream.listen({
      writable: pour,
      failed: (code) => {
        this.failure = code
      },
    })
    pour()
  }
}

/** Reads on and on; says how much. */
class Reader {
  read = 0

  constructor(stream: SessionStream) {
    stream.listen({
      readable: () => {
        for (let bytes = stream.read(); bytes; bytes = stream.read()) this.read += bytes.length
      },
    })
  }
}

function begin(maxMemoryBytes = MAX_MEMORY_BYTES): { network: MemoryNetwork; springs: Spring[] } {
  const springs: Spring[] = []
  const network = new MemoryNetwork((stream) => springs.push(new Spring(stream)), maxMemoryBytes)
  return { network, springs }
}

/** A client that reads nothing of `count` endless streams. */
async function stall(network: MemoryNetwork, count: number): Promise<{ ended: (ErrorCode | undefined)[] }> {
  const ended: (ErrorCode | undefined)[] = []
  const client = network.addClient((code) => ended.push(code))
  network.addBridge(client)
  for (let opened = 0; opened < count; opened += 1) client.open(TARGET)
  await network.pass(300)
  return { ended }
}

describe('the egress, for what sessions hold,', () => {
  it('ends the largest abandoned ones, so that all together hold no more than their share', async () => {
    const { network, springs } = begin()
    const readers: Reader[] = []
    const left = () =>
      springs.reduce((sum, { written, failure }, index) => {
        return failure === undefined ? sum + written - (readers[index]?.read ?? 0) : sum
      }, 0)
    for (let count = 0; count < 60; count += 1) {
      const client = network.addClient()
      const bridge = network.addBridge(client)
      const reader = new Reader(client.open(TARGET))
      readers.push(reader)
      await network.run(() => reader.read > 1_000_000)
      bridge.kill()
      if (count % 10 !== 9) continue
      await network.pass(CHECKED_MS)
      expect(left()).toBeLessThanOrEqual(ORPHANS_BYTES)
    }
    const ended = springs.filter(({ failure }) => failure !== undefined).length
    expect(ended).toBeGreaterThan(30)
    expect(ended).toBeLessThan(60)
    await network.pass(RESUME_TIMEOUT_MS)
    expect(springs.every(({ failure }) => failure === 'session-lost')).toBe(true)
    expect(network.clock.pending).toBe(0)
  })

  it('does not end abandoned ones that hold little, so that they can come back', async () => {
    const { network, springs } = begin()
    const clients = Array.from({ length: 20 }, () => network.addClient())
    const bridges = clients.map((client) => network.addBridge(client))
    for (const client of clients) client.open(TARGET)
    await network.pass(1_000)
    for (const bridge of bridges) bridge.kill()
    await network.pass(RESUME_TIMEOUT_MS - 1_000)
    expect(springs.filter(({ failure }) => failure !== undefined)).toEqual([])
    for (const client of clients) network.addBridge(client)
    await network.pass(1_000)
    expect(clients.every(({ closed }) => !closed)).toBe(true)
  })

  it('ends one whose client reads nothing on more streams than are good, and none else', async () => {
    const { network } = begin()
    const modest = await stall(network, 10)
    const { ended } = await stall(network, 600)
    await network.pass(CHECKED_MS)
    expect(ended).toEqual(['session-lost'])
    expect(modest.ended).toEqual([])
  })

  it('ends the largest in use when all together hold too much', async () => {
    const { network } = begin(1_600_000)
    const stalled: { ended: (ErrorCode | undefined)[] }[] = []
    // 25 KB for each stream, 2.6 MB in all.
    for (let streams = 6; streams <= 15; streams += 1) stalled.push(await stall(network, streams))
    await network.pass(CHECKED_MS)
    const over = stalled.map(({ ended }) => ended.length > 0)
    expect(over).toEqual([false, false, false, false, false, false, false, true, true, true])
  })

  it('lets a client send no more than its credit to targets that do not read', async () => {
    let read = 0
    const network = new MemoryNetwork((stream) => {
      stream.accept()
      // What the splice does with a target that takes nothing: the first piece waits in the socket.
      stream.listen({
        readable: () => {
          read += stream.read()?.length ?? 0
          stream.listen({})
        },
      })
    })
    const client = network.addClient()
    const bridge = network.addBridge(client)
    for (let count = 0; count < 200; count += 1) client.open(TARGET).write(new Uint8Array(100_000))
    await network.pass(5_000)
    const received = bridge.seen.egress.reduce((sum, packet) => sum + packet.length, 0)
    expect(read).toBeGreaterThan(100_000)
    expect(received).toBeLessThan(INITIAL_SESSION_WINDOW_BYTES * 1.05)
  })

  it('forgets a client that died with all its windows full, in time', async () => {
    const { network, springs } = begin()
    const client = network.addClient()
    let dead = false
    const bridge = network.addBridge(client, (packet) => (dead ? [] : [packet]))
    const readers = Array.from({ length: 10 }, () => new Reader(client.open(TARGET)))
    await network.run(() => readers.every(({ read }) => read > 1_000_000))
    dead = true
    await network.pass(PATH_DEAD_MS + 1_000)
    expect(bridge.closed).toBe(true)
    const written = springs.reduce((sum, spring) => sum + spring.written, 0)
    await network.pass(RESUME_TIMEOUT_MS)
    expect(springs.reduce((sum, spring) => sum + spring.written, 0)).toBe(written)
    expect(springs.every(({ failure }) => failure === 'session-lost')).toBe(true)
    expect(network.clock.pending).toBe(0)
  })
})
