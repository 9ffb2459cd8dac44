import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat } from './bytes.ts'
import { Reassembly } from './reassembly.ts'

const WHOLE = Uint8Array.from({ length: 5_000 }, (_, at) => (at * 31 + (at >> 8)) & 0xff)

/** Pieces of `WHOLE` as two offsets each, in the order of their arrival. */
const pieces = fc.array(
  fc
    .tuple(fc.nat(WHOLE.length), fc.nat(WHOLE.length))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  { maxLength: 60 },
)

function readAll(incoming: Reassembly): Uint8Array {
  const chunks: Uint8Array[] = []
  for (let chunk = incoming.read(); chunk !== undefined; chunk = incoming.read()) chunks.push(chunk)
  return concat(...chunks)
}

/** What can be read once all of `inserted` has come: everything before the first byte that is missing. */
function contiguousLength(arrived: readonly boolean[]): number {
  const gap = arrived.indexOf(false)
  return gap < 0 ? arrived.length : gap
}

describe('reassembly', () => {
  it('agrees with a plain model for overlapping pieces in any order, read at any time', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.boolean()), (plan, reads) => {
        const incoming = new Reassembly()
        const arrived = new Array<boolean>(WHOLE.length).fill(false)
        let read = new Uint8Array(0)
        for (const [at, [from, to]] of plan.entries()) {
          incoming.insert(from, WHOLE.slice(from, to))
          arrived.fill(true, from, to)
          if (reads[at] === true) read = new Uint8Array(concat(read, readAll(incoming)))
          expect(incoming.contiguous).toBe(contiguousLength(arrived))
          expect(incoming.readyBytes).toBe(incoming.contiguous - read.length)
        }
        read = new Uint8Array(concat(read, readAll(incoming)))
        expect(read).toEqual(WHOLE.subarray(0, contiguousLength(arrived)))
      }),
      { numRuns: 300 },
    )
  })

  it('gives the whole for pieces that cover it, in any order, with any repeats', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: WHOLE.length - 1 }), { maxLength: 40 })
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat()), (unsorted, random) => {
        const edges = [0, ...unsorted.sort((a, b) => a - b), WHOLE.length]
        const order = edges
          .slice(1)
          .map((to, index) => ({ from: edges[index] ?? 0, to, rank: random.next().value }))
        const incoming = new Reassembly()
        const shuffled = [...order, ...order].sort((a, b) => a.rank - b.rank)
        for (const { from, to } of shuffled) incoming.insert(from, WHOLE.subarray(from, to))
        expect(readAll(incoming)).toEqual(WHOLE)
      }),
    )
  })

  it('drops copies of what was read already', () => {
    const incoming = new Reassembly()
    incoming.insert(0, WHOLE.subarray(0, 10))
    readAll(incoming)
    incoming.insert(0, WHOLE.subarray(0, 10))
    incoming.insert(4, WHOLE.subarray(4, 12))
    expect(readAll(incoming)).toEqual(WHOLE.subarray(10, 12))
  })

  it('does not let many small gaps cost more memory than the bytes behind them', () => {
    const incoming = new Reassembly()
    const chunks: Uint8Array[] = []
    for (let run = 0; run < 1_000; run += 1) {
      // Two pieces to a run, so that each is gathered; each a view into a packet's buffer.
      incoming.insert(3 * run + 1, new Uint8Array(65_536).subarray(0, 1))
      incoming.insert(3 * run + 2, new Uint8Array(65_536).subarray(0, 1))
    }
    for (let run = 0; run < 1_000; run += 1) incoming.insert(3 * run, Uint8Array.of(0))
    for (let chunk = incoming.read(); chunk !== undefined; chunk = incoming.read()) chunks.push(chunk)
    const buffers = new Set(chunks.map((chunk) => chunk.buffer))
    expect([...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0)).toBeLessThanOrEqual(3 * 3_000)
  })

  it('refuses to remember more gaps than any honest set of paths leaves', () => {
    const incoming = new Reassembly()
    const open = (count: number): void => {
      for (let gap = 1; gap <= count; gap += 1) incoming.insert(2 * gap, Uint8Array.of(1))
    }
    open(1_024)
    expect(() => incoming.insert(10_000, Uint8Array.of(1))).toThrow(
      expect.objectContaining({ name: 'FootbridgeError', code: 'limit' }),
    )
  })

  it('forgets everything when cleared', () => {
    const incoming = new Reassembly()
    incoming.insert(0, Uint8Array.of(1))
    incoming.insert(5, Uint8Array.of(1))
    incoming.clear()
    expect(incoming.readyBytes).toBe(0)
    expect(incoming.read()).toBeUndefined()
  })
})
