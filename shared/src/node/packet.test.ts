import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PACKET_BYTES } from '../constants.ts'
import { FootbridgeError } from '../errors.ts'
import { noblePrimitives } from '../noble.ts'
import {
  MAX_PAYLOAD_BYTES,
  PACKET_OVERHEAD_BYTES,
  PacketOpener,
  PacketSealer,
  readJoinHeader,
  SESSION_ID_BYTES,
} from '../packet.ts'
import { KEY_ROTATION_PACKETS, PathKey } from '../path-key.ts'
import type { Primitives } from '../primitives.ts'
import { nodePrimitives } from './node-primitives.ts'

const BACK_ENDS = [
  { name: 'node:crypto', primitives: nodePrimitives, other: noblePrimitives },
  { name: 'noble', primitives: noblePrimitives, other: nodePrimitives },
]

const KEY = new Uint8Array(32).fill(7)
const OTHER_KEY = new Uint8Array(32).fill(8)
const SESSION_ID = new Uint8Array(SESSION_ID_BYTES).fill(0xa5)
const PAYLOAD = Uint8Array.of(1, 2, 3, 4)

const payload = fc.uint8Array({ maxLength: 200 })
const pathId = fc.integer({ min: 0, max: 0xffff_ffff })

/** What a receiver makes of packets: their payloads, `undefined` for those it does not take. */
function openAll(
  packets: readonly Uint8Array[],
  primitives: Primitives = nodePrimitives,
): (Uint8Array | undefined)[] {
  const opener = new PacketOpener(primitives, KEY, 1, 0)
  return packets.map((packet) => opener.open(packet))
}

function sealAll(payloads: readonly Uint8Array[]): Uint8Array[] {
  const sealer = new PacketSealer(nodePrimitives, KEY, 1, 0)
  return payloads.map((each) => sealer.seal(each))
}

/** Five packets, each with its own number as payload. */
function five(): [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array] {
  const packets = sealAll([0, 1, 2, 3, 4].map((number) => Uint8Array.of(number)))
  return packets as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
}

describe.each(BACK_ENDS)('packets on $name', ({ primitives, other }) => {
  it('open with the other back end, one after the other', () => {
    fc.assert(
      fc.property(
        pathId,
        fc.constantFrom(0 as const, 1 as const),
        fc.array(payload),
        (path, first, payloads) => {
          const sealer = new PacketSealer(primitives, KEY, path, first)
          const opener = new PacketOpener(other, KEY, path, first)
          for (const each of payloads) expect(opener.open(sealer.seal(each))).toEqual(each)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('do not open with any byte changed, and the true packet still does', () => {
    const packet = new PacketSealer(primitives, KEY, 1, 0).seal(PAYLOAD)
    const opener = new PacketOpener(primitives, KEY, 1, 0)
    for (const at of packet.keys()) expect(opener.open(flipped(packet, at)), `byte ${at}`).toBeUndefined()
    expect(opener.open(packet)).toEqual(PAYLOAD)
  })

  it('give nothing, and throw nothing, for any other bytes', () => {
    const opener = new PacketOpener(primitives, KEY, 1, 0)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(3, 4, undefined), (noise, kind) => {
        if (kind !== undefined && noise.length > 0) noise[0] = kind
        expect(opener.open(noise)).toBeUndefined()
        expect(opener.openJoin(noise)).toBeUndefined()
      }),
    )
  })
})

describe('a receiver of packets', () => {
  it('takes the very next one only, whatever a bridge does to their order', () => {
    const schedule = fc.array(fc.nat(9), { maxLength: 40 })
    fc.assert(
      fc.property(schedule, (order) => {
        const packets = sealAll(Array.from({ length: 10 }, (_, number) => Uint8Array.of(number)))
        const opener = new PacketOpener(nodePrimitives, KEY, 1, 0)
        let next = 0
        for (const index of order) {
          const opened = opener.open(packets[index] ?? new Uint8Array(0))
          expect(opened).toEqual(index === next ? Uint8Array.of(next) : undefined)
          if (index === next) next += 1
        }
      }),
    )
  })

  it('does not take a packet again', () => {
    const [zero, one] = five()
    expect(openAll([zero, zero, one, zero, one])).toEqual(
      [[0], undefined, [1], undefined, undefined].map(bytesOf),
    )
  })

  it('takes nothing after one that was left out', () => {
    const [zero, , two, three] = five()
    expect(openAll([zero, two, three])).toEqual([[0], undefined, undefined].map(bytesOf))
  })

  it('takes a packet early never, and in its turn still', () => {
    const [zero, one, two] = five()
    expect(openAll([one, zero, one, two])).toEqual([undefined, [0], [1], [2]].map(bytesOf))
  })

  it('takes no packet cut short or with bytes after its end', () => {
    const [zero] = five()
    for (let length = 0; length < zero.length; length += 1) {
      expect(openAll([zero.subarray(0, length)])).toEqual([undefined])
    }
    expect(openAll([Uint8Array.of(...zero, 0)])).toEqual([undefined])
  })

  it.each([
    ['another path', KEY, 2],
    ['the other direction', OTHER_KEY, 1],
  ])('takes no packet of %s', (_, key, path) => {
    const packet = new PacketSealer(nodePrimitives, key, path, 0).seal(PAYLOAD)
    expect(openAll([packet])).toEqual([undefined])
  })

  it('takes no sealed packet for a JOIN, nor a JOIN for a sealed packet', () => {
    const join = new PacketSealer(nodePrimitives, KEY, 1, 0).sealJoin(SESSION_ID, PAYLOAD)
    const sealed = new PacketSealer(nodePrimitives, KEY, 1, 0).seal(PAYLOAD)
    const opener = new PacketOpener(nodePrimitives, KEY, 1, 0)
    expect(opener.open(join)).toBeUndefined()
    expect(opener.openJoin(sealed)).toBeUndefined()
    expect(opener.openJoin(join)).toEqual(PAYLOAD)
  })
})

describe('a JOIN', () => {
  it('names its session and path in the clear and is followed by packet 1', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        pathId,
        payload,
        (sessionId, path, frames) => {
          const sealer = new PacketSealer(nodePrimitives, KEY, path, 0)
          const opener = new PacketOpener(nodePrimitives, KEY, path, 0)
          const join = sealer.sealJoin(sessionId, frames)
          expect(readJoinHeader(join)).toEqual({ sessionId, pathId: path })
          expect(opener.openJoin(join)).toEqual(frames)
          expect(opener.openJoin(join)).toBeUndefined()
          expect(opener.open(sealer.seal(frames))).toEqual(frames)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('does not open with any byte changed, those in the clear included', () => {
    const join = new PacketSealer(nodePrimitives, KEY, 1, 0).sealJoin(SESSION_ID, PAYLOAD)
    for (const at of join.keys()) {
      const opener = new PacketOpener(nodePrimitives, KEY, 1, 0)
      expect(opener.openJoin(flipped(join, at)), `byte ${at}`).toBeUndefined()
    }
  })

  it('has a header, or is refused with a typed error, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 80 })
    fc.assert(
      fc.property(bytes, fc.boolean(), (packet, marked) => {
        if (marked && packet.length > 0) packet[0] = 3
        try {
          const header = readJoinHeader(packet)
          expect(header.sessionId).toEqual(packet.slice(1, 17))
          expect(packet.length).toBeGreaterThanOrEqual(37)
        } catch (error) {
          expect(error).toBeInstanceOf(FootbridgeError)
        }
      }),
    )
  })
})

describe('the largest payload', () => {
  it('fills a packet to its limit as a JOIN, and stays within it otherwise', () => {
    const largest = new Uint8Array(MAX_PAYLOAD_BYTES)
    const sealer = new PacketSealer(nodePrimitives, KEY, 1, 0)
    expect(sealer.sealJoin(SESSION_ID, largest)).toHaveLength(MAX_PACKET_BYTES)
    expect(sealer.seal(largest)).toHaveLength(MAX_PAYLOAD_BYTES + PACKET_OVERHEAD_BYTES)
  })
})

describe("a path's key", () => {
  const sealUnder = (key: PathKey, number: number): Uint8Array => {
    key.use(number)
    const sealed = new Uint8Array(16)
    key.aead.seal(key.nonce, new Uint8Array(0), new Uint8Array(0), sealed)
    return sealed
  }

  it('comes out the same step by step and in one leap over several rotations', () => {
    const stepping = new PathKey(nodePrimitives, KEY, 1)
    for (const boundary of [1, 2, 3]) {
      for (const number of [boundary * KEY_ROTATION_PACKETS - 1, boundary * KEY_ROTATION_PACKETS]) {
        const leaping = new PathKey(nodePrimitives, KEY, 1)
        expect(sealUnder(stepping, number), `packet ${number}`).toEqual(sealUnder(leaping, number))
      }
    }
  })

  it('is derived anew at the boundary and not before', () => {
    let derived = 0
    const counting: Primitives = {
      ...nodePrimitives,
      aead: (key) => {
        derived += 1
        return nodePrimitives.aead(key)
      },
    }
    const key = new PathKey(counting, KEY, 1)
    key.use(KEY_ROTATION_PACKETS - 1)
    expect(derived).toBe(1)
    key.use(KEY_ROTATION_PACKETS)
    key.use(KEY_ROTATION_PACKETS + 1)
    expect(derived).toBe(2)
  })
})

function flipped(original: Uint8Array, at: number): Uint8Array {
  return original.map((byte, index) => (index === at ? byte ^ 1 : byte))
}

function bytesOf(numbers: number[] | undefined): Uint8Array | undefined {
  return numbers && Uint8Array.from(numbers)
}
