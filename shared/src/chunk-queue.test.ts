import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, equalBytes } from './bytes.ts'
import { ChunkQueue } from './chunk-queue.ts'

/** Memory behind `chunks`, each buffer counted once. */
function memoryOf(chunks: readonly Uint8Array[]): number {
  let total = 0
  for (const buffer of new Set(chunks.map((chunk) => chunk.buffer))) total += buffer.byteLength
  return total
}

function takeAll(queue: ChunkQueue): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let chunk = queue.take(Infinity); chunk !== undefined; chunk = queue.take(Infinity)) chunks.push(chunk)
  return chunks
}

/** Lengths on both sides of what is gathered and what is kept as it is. */
const length = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 2_040, max: 2_060 }),
  fc.nat(5_000),
)

type Step = { push: number; from: number } | { take: number } | 'clear'

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ push: length, from: fc.nat(10_000) }) },
    { weight: 4, arbitrary: fc.record({ take: fc.oneof(length, fc.constant(Infinity)) }) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  ),
  { maxLength: 60 },
)

describe('a chunk queue', () => {
  it('gives back the bytes that went in, in order, and never changes what it gave', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const queue = new ChunkQueue()
        let expected = new Uint8Array(0)
        const given: { chunk: Uint8Array; copy: Uint8Array }[] = []
        let next = 0
        for (const step of plan) {
          if (step === 'clear') {
            queue.clear()
            expected = new Uint8Array(0)
          } else if ('push' in step) {
            const source = new Uint8Array(step.from + step.push)
            for (let at = step.from; at < source.length; at += 1) source[at] = next++ % 251
            const bytes = source.subarray(step.from)
            queue.push(bytes)
            expected = new Uint8Array(concat(expected, bytes))
          } else {
            const chunk = queue.take(step.take)
            if (chunk === undefined) {
              expect(expected.length === 0 || step.take === 0).toBe(true)
              continue
            }
            expect(chunk.length).toBeGreaterThan(0)
            expect(chunk.length).toBeLessThanOrEqual(step.take)
            expect(equalBytes(chunk, expected.subarray(0, chunk.length))).toBe(true)
            expected = expected.slice(chunk.length)
            given.push({ chunk, copy: chunk.slice() })
          }
          expect(queue.length).toBe(expected.length)
        }
        expect(equalBytes(concat(...takeAll(queue)), expected)).toBe(true)
        for (const { chunk, copy } of given) expect(equalBytes(chunk, copy)).toBe(true)
      }),
    )
  })

  it('holds at most three times the memory of its bytes, whatever was pushed', () => {
    const views = fc.array(fc.record({ bytes: length, bufferBytes: fc.nat(65_536) }), { maxLength: 100 })
    fc.assert(
      fc.property(views, (pushes) => {
        const queue = new ChunkQueue()
        for (const { bytes, bufferBytes } of pushes) {
          queue.push(new Uint8Array(bytes + bufferBytes).subarray(0, bytes))
        }
        const held = queue.length
        expect(memoryOf(takeAll(queue))).toBeLessThanOrEqual(3 * held)
      }),
      { numRuns: 200 },
    )
  })

  it('lets go of the large buffers behind single bytes', () => {
    const queue = new ChunkQueue()
    for (let count = 0; count < 1_000; count += 1)
      queue.push(new Uint8Array(65_536).subarray(count, count + 1))
    expect(memoryOf(takeAll(queue))).toBeLessThanOrEqual(3 * 1_000)
  })

  it('does not pay for a large tail when large and tiny pieces take turns', () => {
    const queue = new ChunkQueue()
    for (let count = 0; count < 100; count += 1) {
      queue.push(new Uint8Array(2_048))
      queue.push(new Uint8Array(1))
    }
    expect(memoryOf(takeAll(queue))).toBeLessThan(2 * 2_049 * 100)
  })

  it('gathers tiny pieces into few chunks', () => {
    const queue = new ChunkQueue()
    for (let count = 0; count < 10_000; count += 1) queue.push(Uint8Array.of(count & 0xff))
    expect(takeAll(queue).length).toBeLessThan(20)
  })

  it('does not copy a large piece that fills most of its buffer', () => {
    const queue = new ChunkQueue()
    const large = new Uint8Array(10_000)
    queue.push(large)
    expect(queue.take(Infinity)).toBe(large)
  })

  it('gives nothing for a limit of zero, and nothing when empty', () => {
    const queue = new ChunkQueue()
    expect(queue.take(10)).toBeUndefined()
    queue.push(Uint8Array.of(1))
    expect(queue.take(0)).toBeUndefined()
    expect(queue.length).toBe(1)
  })
})
