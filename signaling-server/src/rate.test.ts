import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Rate } from './rate.ts'

/** Whether events at these times pass. */
function passes(rate: Rate, times: readonly number[]): boolean[] {
  let free: number | undefined
  return times.map((now) => {
    const next = rate.take(free, now)
    free = next ?? free
    return next !== undefined
  })
}

it('lets a burst through, then one more with each interval', () => {
  expect(passes(new Rate(2, 3), [0, 0, 0, 0, 499, 500, 500])).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    false,
  ])
})

it('has nothing to remember after the whole burst is free again', () => {
  const rate = new Rate(2, 3)
  expect(rate.memoryMs).toBe(1_500)
  expect(passes(rate, [0, 0, 0, 1_500, 1_500, 1_500, 1_500])).toEqual([
    true,
    true,
    true,
    true,
    true,
    true,
    false,
  ])
})

it('counts what happened elsewhere, up to a whole burst', () => {
  const rate = new Rate(1, 3)
  expect(rate.take(rate.charge(undefined, 2, 0), 0)).toBeDefined()
  const spent = rate.charge(undefined, 1_000, 0)
  expect(rate.take(spent, 999)).toBeUndefined()
  expect(rate.take(spent, 1_000)).toBeDefined()
})

it('never lets more through than the burst and what the time is worth, nor less than the burst', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 200 }), (pauses) => {
      let now = 0
      const times = pauses.map((pause) => {
        now += pause
        return now
      })
      const passed = passes(new Rate(10, 5), times).filter(Boolean).length
      expect(passed).toBeLessThanOrEqual(5 + now / 100)
      expect(passed).toBeGreaterThanOrEqual(Math.min(5, pauses.length))
    }),
  )
})
