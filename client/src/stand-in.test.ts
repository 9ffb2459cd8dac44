import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StandIn } from './stand-in.ts'

const ORIGINS = ['https://one.example', 'https://two.example', 'https://three.example']

/** On a clock that only `pass` moves. */
class Harness {
  now = 0
  due = 0
  timers: { at: number; fire: () => void }[] = []
  readonly standIn: StandIn

  constructor(origins: readonly string[] = ORIGINS, random: () => number = () => 0) {
    const after = (delayMs: number, fire: () => void): (() => void) => {
      const timer = { at: this.now + delayMs, fire }
      this.timers.push(timer)
      return () => {
        this.timers = this.timers.filter((other) => other !== timer)
      }
    }
    this.standIn = new StandIn({
      origins: () => origins,
      clock: { now: () => this.now, wallNow: () => this.now, after },
      random,
      onDue: () => {
        this.due += 1
      },
    })
  }

  pass(ms: number): void {
    this.now += ms
    const fired = this.timers.filter(({ at }) => at <= this.now)
    this.timers = this.timers.filter((timer) => !fired.includes(timer))
    for (const { fire } of fired) fire()
  }
}

describe('standing in', () => {
  it('begins when no bridge has worked by WebRTC for three seconds, with two', () => {
    const harness = new Harness()
    harness.standIn.update(false)
    harness.pass(2_999)
    expect([harness.due, harness.standIn.next()]).toEqual([0, undefined])
    harness.pass(1)
    expect(harness.due).toBe(1)
    expect(harness.standIn.next()).toBe(ORIGINS[0])
    expect(harness.standIn.next()).toBe(ORIGINS[1])
    expect(harness.standIn.next()).toBeUndefined()
  })

  it('begins at once when a meeting came to nothing, unless another bridge works', () => {
    const harness = new Harness()
    harness.standIn.update(true)
    harness.standIn.hurry()
    expect(harness.standIn.next()).toBeUndefined()
    harness.standIn.update(false)
    harness.standIn.hurry()
    expect(harness.standIn.next()).toBe(ORIGINS[0])
  })

  it('waits for nothing in a network without standing bridges', () => {
    const harness = new Harness([])
    harness.standIn.update(false)
    harness.standIn.hurry()
    expect(harness.standIn.next()).toBeUndefined()
    expect(harness.timers).toEqual([])
  })

  it('tries one that failed after all others, and waits before that', () => {
    const harness = new Harness(ORIGINS, () => 0.999)
    const backwards = ORIGINS.toReversed()
    harness.standIn.hurry()
    for (const origin of backwards) {
      expect(harness.standIn.next()).toBe(origin)
      harness.standIn.released(origin, true)
      expect(harness.standIn.next()).toBeUndefined()
      harness.pass(30_000)
    }
    expect(harness.standIn.next()).toBe(backwards[0])
  })

  it('is relieved five seconds after a bridge works by WebRTC, not by one that comes and goes', () => {
    const harness = new Harness()
    harness.standIn.hurry()
    harness.standIn.next()
    harness.standIn.update(true)
    harness.pass(4_999)
    expect(harness.standIn.isRelieved).toBe(false)
    harness.standIn.update(false)
    harness.standIn.update(true)
    harness.pass(1)
    expect(harness.standIn.isRelieved).toBe(false)
    harness.pass(4_999)
    expect(harness.standIn.isRelieved).toBe(true)
    expect(harness.due).toBeGreaterThan(0)
  })

  it('waits for nothing any more once it was stopped', () => {
    const harness = new Harness()
    harness.standIn.hurry()
    const origin = harness.standIn.next() ?? ''
    harness.standIn.stop()
    harness.standIn.released(origin, true)
    expect(harness.timers).toEqual([])
  })

  it('never has more than two, nor one twice, nor one that is unknown, whatever happens', () => {
    const step = fc.oneof(
      fc.boolean().map((works) => ({ type: 'update' as const, works })),
      fc.nat(40_000).map((ms) => ({ type: 'pass' as const, ms })),
      fc.record({ type: fc.constant('released' as const), index: fc.nat(1), failed: fc.boolean() }),
      fc.constantFrom({ type: 'hurry' as const }, { type: 'next' as const }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.subarray(ORIGINS), (steps, origins) => {
        const harness = new Harness(origins, () => 0.5)
        const taken: string[] = []
        let works = false
        for (const one of steps) {
          if (one.type === 'update') works = one.works
          if (one.type === 'update') harness.standIn.update(works)
          else if (one.type === 'pass') harness.pass(one.ms)
          else if (one.type === 'hurry') harness.standIn.hurry()
          else if (one.type === 'released') {
            const [origin] = taken.splice(one.index, 1)
            if (origin !== undefined) harness.standIn.released(origin, one.failed)
          } else {
            const origin = harness.standIn.next()
            if (origin === undefined) continue
            expect(works).toBe(false)
            expect(origins).toContain(origin)
            expect(taken).not.toContain(origin)
            taken.push(origin)
          }
          expect(taken.length).toBeLessThanOrEqual(2)
          expect(harness.timers.length).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})
