import { leadingZeros, MAX_WORK_BITS, WORK_CHALLENGE_BYTES, WorkPuzzle } from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { expect, it } from 'vitest'
import { solveWork, workOf } from './solve-work.ts'

const challenge = new Uint8Array(WORK_CHALLENGE_BYTES).fill(1)
const REFUSED = { type: 'refused', offerId: 1, reason: 'no-bridge', retryAfterMs: 0 } as const

it('finds a proof, and lets others have their turn meanwhile', async () => {
  let turns = 0
  const counting = setInterval(() => {
    turns += 1
  })
  const proof = await solveWork({ challenge, bits: 16 }, 'v=0', new AbortController().signal)
  clearInterval(counting)
  const digest = new WorkPuzzle(challenge, 'v=0', nodePrimitives).digest(proof?.nonce ?? new Uint8Array())
  expect(leadingZeros(digest)).toBeGreaterThanOrEqual(16)
  expect(turns).toBeGreaterThan(0)
})

it('is given up with its attempt', async () => {
  const giveUp = new AbortController()
  const working = solveWork({ challenge, bits: 33 }, 'v=0', giveUp.signal)
  giveUp.abort()
  await expect(working).rejects.toMatchObject({ code: 'aborted' })
})

it('is not taken up when a server asks for too much, or for nothing', () => {
  expect(workOf({ ...REFUSED, challenge, bits: MAX_WORK_BITS })).toEqual({ challenge, bits: MAX_WORK_BITS })
  expect(workOf({ ...REFUSED, challenge, bits: MAX_WORK_BITS + 1 })).toBeUndefined()
  expect(workOf(REFUSED)).toBeUndefined()
})
