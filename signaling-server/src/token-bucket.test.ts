import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

it('lets a burst through, then one more with each token', () => {
  const bucket = new TokenBucket(2, 3, 0)
  expect([0, 0, 0, 0, 499, 500, 500].map((now) => bucket.take(now))).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    false,
  ])
})

it('never lets more through than the burst and what the time is worth', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 200 }), (pauses) => {
      const bucket = new TokenBucket(10, 5, 0)
      let now = 0
      let passed = 0
      for (const pause of pauses) {
        now += pause
        if (bucket.take(now)) passed += 1
      }
      expect(passed).toBeLessThanOrEqual(5 + now / 100)
    }),
  )
})
