import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Backoff } from './backoff.ts'

describe('backoff', () => {
  it('doubles its longest wait with each failure, up to the most', () => {
    const backoff = new Backoff({ firstMs: 100, mostMs: 1_000, random: () => 1 })
    expect(Array.from({ length: 6 }, () => backoff.next())).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it('starts over after a success', () => {
    const backoff = new Backoff({ firstMs: 100, mostMs: 1_000, random: () => 1 })
    backoff.next()
    backoff.next()
    backoff.reset()
    expect(backoff.next()).toBe(100)
  })

  it('waits anything between the least and the longest, even after thousands of failures', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(5_000),
        fc.nat(60_000),
        (dice, failures, leastMs) => {
          const backoff = new Backoff({ firstMs: 100, mostMs: 30_000, random: () => dice })
          for (let count = 0; count < failures; count += 1) backoff.next()
          const wait = backoff.next(leastMs)
          expect(wait).toBeGreaterThanOrEqual(leastMs)
          expect(wait).toBeLessThanOrEqual(leastMs + 30_000)
        },
      ),
    )
  })
})
