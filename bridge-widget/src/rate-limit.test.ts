import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.test.helper.ts'
import { RateLimiter } from './rate-limit.ts'

const rate = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined })

describe('a rate that changes', () => {
  it('neither loses nor reorders anything, and lets all of it go in the end', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('send' as const), lane: fc.nat(2), bytes: fc.nat(5_000) }),
      fc.record({ type: fc.constant('rate' as const), rate }),
      fc.record({ type: fc.constant('wait' as const), ms: fc.nat(2_000) }),
    )
    fc.assert(
      fc.property(rate, fc.array(step, { maxLength: 60 }), (first, steps) => {
        const clock = new ManualClock()
        const limiter = new RateLimiter(first, clock)
        const lanes = [0, 1, 2].map(() => ({ lane: limiter.lane(), put: 0, sent: [] as number[] }))
        for (const one of steps) {
          if (one.type === 'rate') limiter.setRate(one.rate)
          else if (one.type === 'wait') clock.advance(one.ms)
          else {
            const target = lanes[one.lane]
            const number = target?.put ?? 0
            if (target) target.put += 1
            target?.lane.run(one.bytes, () => target.sent.push(number))
          }
        }
        limiter.setRate(undefined)
        for (const { lane, put, sent } of lanes) {
          expect(sent).toEqual(Array.from({ length: put }, (_, number) => number))
          expect(lane.waitingBytes).toBe(0)
        }
      }),
    )
  })

  it('holds from now on: what passes afterwards is a burst, a packet, and what the new rate allows', () => {
    fc.assert(
      fc.property(
        rate,
        fc.integer({ min: 1_000, max: 100_000 }),
        fc.integer({ min: 1, max: 10 }),
        (before, after, seconds) => {
          const clock = new ManualClock()
          const limiter = new RateLimiter(before, clock)
          const lane = limiter.lane()
          let passed = 0
          const send = () => {
            for (let count = 0; count < 1_000; count++) lane.run(1_000, () => (passed += 1_000))
          }
          if (before !== undefined) send()
          limiter.setRate(after)
          const alreadyPassed = passed
          send()
          clock.advance(seconds * 1_000)
          const most = after * (seconds + 1) + 1_000
          expect(passed - alreadyPassed).toBeLessThanOrEqual(most)
          // All that waits may go; the rest takes no longer than the rate says.
          expect(passed - alreadyPassed).toBeGreaterThanOrEqual(
            Math.min(1_000_000, after * (seconds - 1) - 2_000),
          )
        },
      ),
    )
  })

  it('keeps what is put in while it catches up behind what waited', () => {
    const clock = new ManualClock()
    const limiter = new RateLimiter(1, clock)
    const lane = limiter.lane()
    const sent: number[] = []
    lane.run(10, () => sent.push(0))
    lane.run(1, () => {
      sent.push(1)
      lane.run(1, () => sent.push(3))
    })
    lane.run(1, () => sent.push(2))
    expect(sent).toEqual([0])
    limiter.setRate(undefined)
    expect(sent).toEqual([0, 1, 2, 3])
  })

  it('lets nobody wait for what a slower rate would have taken', () => {
    const clock = new ManualClock()
    const limiter = new RateLimiter(1_000, clock)
    const lane = limiter.lane()
    const sent: string[] = []
    lane.run(60_000, () => sent.push('large'))
    lane.run(1, () => sent.push('small'))
    clock.advance(1_000)
    expect(sent).toEqual(['large'])
    limiter.setRate(1_000_000)
    clock.advance(60)
    expect(sent).toEqual(['large', 'small'])
  })

  it('lets nobody wait longer for what was sent at a faster rate', () => {
    const clock = new ManualClock()
    const limiter = new RateLimiter(60_000, clock)
    const lane = limiter.lane()
    const sent: string[] = []
    lane.run(60_000 + 6_000, () => sent.push('large'))
    lane.run(1, () => sent.push('small'))
    expect(sent).toEqual(['large'])
    limiter.setRate(1)
    clock.advance(200)
    expect(sent).toEqual(['large', 'small'])
  })
})
