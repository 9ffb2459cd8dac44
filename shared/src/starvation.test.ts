import { describe, expect, it } from 'vitest'
import { Starvation } from './starvation.ts'

/** Two deliveries in each of `rounds` round trips, of which the second comes `latenessMs` after it could. */
function starvations(
  rounds: number,
  { roundTripMs = 100, latenessMs = 80, steady = true, every = 1 } = {},
): number {
  const starvation = new Starvation()
  for (let round = 0; round < rounds; round += 1) {
    const now = round * roundTripMs
    starvation.delivered({ latenessMs: 0, roundTripMs, steady }, now)
    const late = round % every === 0 ? latenessMs : 0
    starvation.delivered({ latenessMs: late, roundTripMs, steady }, now + roundTripMs - 1)
  }
  return starvation.count
}

describe('starvation', () => {
  it('is found where packets come in bursts, one a round trip, for as long as they do', () => {
    expect(starvations(5)).toBe(0)
    expect(starvations(8)).toBe(1)
    expect(starvations(80)).toBeGreaterThan(10)
  })

  it('is not found where packets come one after the other, with a hold-up now and then', () => {
    expect(starvations(1_000, { latenessMs: 20 })).toBe(0)
    expect(starvations(1_000, { every: 3 })).toBe(0)
  })

  it('is not looked for while the rate is being found out, or the application has little to send', () => {
    expect(starvations(1_000, { steady: false })).toBe(0)
  })

  it('is not looked for on short paths, where a busy processor looks the same', () => {
    expect(starvations(1_000, { roundTripMs: 15, latenessMs: 500 })).toBe(0)
  })
})
