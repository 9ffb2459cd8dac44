import { expect, test } from 'vitest'
import { noblePrimitives as primitives } from './noble.ts'
import { leadingZeros, WORK_CHALLENGE_BYTES, WORK_NONCE_BYTES, WorkPuzzle } from './proof-of-work.ts'

const CHALLENGE = new Uint8Array(WORK_CHALLENGE_BYTES).fill(5)

test('what the search finds is a proof, and the first there is', () => {
  const puzzle = new WorkPuzzle(CHALLENGE, 'v=0', primitives)
  const nonce = puzzle.search(8, 0, 100_000)
  expect(nonce).toHaveLength(WORK_NONCE_BYTES)
  expect(leadingZeros(puzzle.digest(nonce as Uint8Array))).toBeGreaterThanOrEqual(8)
  const number = Number(new DataView((nonce as Uint8Array).buffer).getBigUint64(0))
  expect(puzzle.search(8, 0, number)).toBeUndefined()
  expect(puzzle.search(8, number, 1)).toEqual(nonce)
})

test('a proof is of no use for another description or another challenge', () => {
  const nonce = new WorkPuzzle(CHALLENGE, 'v=0', primitives).search(10, 0, 100_000) as Uint8Array
  const other = new Uint8Array(WORK_CHALLENGE_BYTES).fill(6)
  expect(leadingZeros(new WorkPuzzle(CHALLENGE, 'v=1', primitives).digest(nonce))).toBeLessThan(10)
  expect(leadingZeros(new WorkPuzzle(other, 'v=0', primitives).digest(nonce))).toBeLessThan(10)
})

test.each([
  [[0x80, 0, 0, 0], 0],
  [[0x7f, 0xff, 0xff, 0xff], 1],
  [[0, 0x10, 0, 0], 11],
  [[0, 0, 0, 1], 31],
  [[0, 0, 0, 0], 32],
])('%j begins with %i zero bits', (bytes, zeros) => {
  expect(leadingZeros(Uint8Array.from(bytes))).toBe(zeros)
})
