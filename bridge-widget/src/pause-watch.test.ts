import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Conditions } from './conditions.ts'
import type { BridgeReason } from './engine-state.ts'
import type { KeptText } from './kept-text.ts'
import { ManualClock } from './manual-clock.test.helper.ts'
import { pauseReason } from './pause-reason.ts'
import { PauseWatch, type Traffic } from './pause-watch.ts'
import { formatUsage, parseUsage, usageOf } from './usage.ts'
import { UsageRecord } from './usage-record.ts'
import type { VolunteerLimits } from './volunteer-limits.ts'

class Kept implements KeptText {
  text: string
  writes = 0

  constructor(text = '') {
    this.text = text
  }

  read(): string {
    return this.text
  }

  write(text: string): void {
    this.text = text
    this.writes += 1
  }
}

/** Half past eleven at night, here. */
const LATE = new Date(2026, 10, 24, 23, 30).getTime()

function watched(
  limits: Partial<VolunteerLimits>,
  { kept = new Kept(), conditions = undefined as Conditions | undefined } = {},
) {
  const clock = new ManualClock()
  clock.wallAheadMs = LATE
  const traffic = { bytes: 0, peopleHelped: 0, isHelping: false }
  const reasons: (BridgeReason | undefined)[] = []
  const watch = new PauseWatch({
    clock,
    limits: { clients: 8, ...limits },
    usage: new UsageRecord(kept),
    conditions,
    traffic: () => ({ ...traffic }),
    onReason: (reason) => {
      reasons.push(reason)
      // As a bridge does.
      if (reason !== undefined) traffic.isHelping = false
    },
  })
  watch.start()
  const becomes = (now: Partial<Traffic>) => {
    Object.assign(traffic, now)
    watch.update()
  }
  return { clock, kept, reasons, traffic, watch, becomes }
}

describe('a bridge with a quota', () => {
  it('pauses within a second of reaching it, and goes on at midnight', () => {
    const { clock, kept, reasons, traffic, watch, becomes } = watched({ dayQuota: 1_000 })
    becomes({ isHelping: true, peopleHelped: 1 })
    traffic.bytes = 999
    clock.advance(1_000)
    expect(reasons).toEqual([])
    traffic.bytes = 1_000
    clock.advance(1_000)
    expect(reasons).toEqual(['day-quota'])
    expect(watch.reason).toBe('day-quota')
    expect(parseUsage(kept.text)).toMatchObject({ dayBytes: 1_000 })
    clock.advance(30 * 60_000 - 2_001)
    expect(reasons).toEqual(['day-quota'])
    clock.advance(1)
    expect(reasons).toEqual(['day-quota', undefined])
    expect(watch.usage).toMatchObject({ dayBytes: 0, monthBytes: 1_000, bytes: 1_000, peopleHelped: 1 })
  })

  it('stays paused for the month when the day turns', () => {
    const { clock, reasons, becomes } = watched({ dayQuota: 1_000, monthQuota: 1_000 })
    becomes({ isHelping: true, bytes: 1_000 })
    clock.advance(86_400_000)
    expect(reasons).toEqual(['month-quota'])
    clock.advance(6 * 86_400_000)
    expect(reasons).toEqual(['month-quota', undefined])
  })

  it('is paused from the start where an earlier visit has used it up', () => {
    const kept = new Kept(formatUsage(usageOf({ bytes: 1_000, peopleHelped: 3, seconds: 5 }, LATE)))
    const { watch, reasons } = watched({ dayQuota: 1_000 }, { kept })
    expect(watch.reason).toBe('day-quota')
    expect(watch.usage).toMatchObject({ peopleHelped: 3, seconds: 5 })
    // It is asked for, not told.
    expect(reasons).toEqual([])
    watch.limits = { clients: 8, dayQuota: 2_000 }
    expect(reasons).toEqual([undefined])
  })

  it('counts what others pass on at the same time', () => {
    const { clock, kept, reasons } = watched({ dayQuota: 1_000 })
    kept.text = formatUsage(usageOf({ bytes: 1_000, peopleHelped: 0, seconds: 0 }, LATE))
    clock.advance(60_000)
    clock.advance(60_000)
    expect(reasons).toEqual(['day-quota'])
  })

  it('gets no other one by a clock that is set back, and none for years by one that ran ahead', () => {
    const { clock, reasons, becomes, watch } = watched({ dayQuota: 1_000 })
    clock.wallAheadMs += 3 * 365 * 86_400_000
    becomes({ bytes: 1_000, isHelping: true })
    clock.wallAheadMs = LATE
    watch.update()
    expect(reasons).toEqual(['day-quota'])
    clock.advance(30 * 60_000)
    expect(reasons).toEqual(['day-quota', undefined])
  })
})

describe('a bridge with hours', () => {
  it('pauses and goes on when they turn, not later', () => {
    const { clock, reasons } = watched({ hours: { from: 22, to: 0 } })
    clock.advance(30 * 60_000 - 1)
    expect(reasons).toEqual([])
    clock.advance(1)
    expect(reasons).toEqual(['hours'])
    clock.advance(22 * 3_600_000 - 1)
    expect(reasons).toEqual(['hours'])
    clock.advance(1)
    expect(reasons).toEqual(['hours', undefined])
  })
})

describe('a bridge on a device with conditions', () => {
  it('pauses and goes on at once, and listens only while it is on', () => {
    const listeners = new Set<() => void>()
    const conditions = {
      savesData: false,
      isCellular: false,
      isBatteryLow: true,
      watch: (onChange: () => void) => {
        listeners.add(onChange)
        return () => listeners.delete(onChange)
      },
    }
    const { watch, reasons } = watched({}, { conditions })
    expect(watch.reason).toBe('battery')
    const change = (now: Partial<typeof conditions>) => {
      Object.assign(conditions, now)
      for (const listener of listeners) listener()
    }
    change({ isBatteryLow: false })
    change({ isCellular: true })
    change({ savesData: true })
    change({ savesData: false, isCellular: false })
    expect(reasons).toEqual([undefined, 'cellular', 'save-data', undefined])
    watch.stop()
    expect(listeners.size).toBe(0)
    change({ savesData: true })
    expect(reasons).toHaveLength(4)
  })
})

describe('whatever happens to a bridge', () => {
  it('tells each change of the reason once, as it is, and keeps the sum of what it did', () => {
    const limits = fc.record({
      clients: fc.constant(8),
      dayQuota: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
      monthQuota: fc.option(fc.integer({ min: 1, max: 50_000 }), { nil: undefined }),
      hours: fc.constantFrom(undefined, { from: 8, to: 22 }, { from: 22, to: 6 }),
    })
    const step = fc.oneof(
      fc.record({ bytes: fc.nat(2_000), people: fc.nat(1), isHelping: fc.boolean() }),
      fc.record({ waitMs: fc.nat(30_000), wallMs: fc.nat(40_000_000) }),
      fc.record({ limits }),
    )
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 40 }), (first, steps) => {
        const { clock, kept, reasons, traffic, watch, becomes } = watched(first)
        let before = watch.reason
        let limits: VolunteerLimits = first
        for (const one of steps) {
          if ('limits' in one) {
            limits = one.limits
            watch.limits = limits
          } else if ('waitMs' in one) {
            clock.advance(one.waitMs)
            clock.wallAheadMs += one.wallMs
            watch.update()
          } else {
            const { bytes, people, isHelping } = one
            becomes({
              bytes: traffic.bytes + bytes,
              peopleHelped: traffic.peopleHelped + people,
              isHelping,
            })
          }
          for (const reason of reasons.splice(0)) {
            expect(reason).not.toBe(before)
            before = reason
          }
          expect(watch.reason).toBe(before)
          expect(watch.reason).toBe(pauseReason({ limits, usage: watch.usage, at: clock.wallNow() }))
        }
        watch.stop()
        const { bytes, peopleHelped } = traffic
        expect(parseUsage(kept.text)).toMatchObject({ bytes, peopleHelped })
      }),
    )
  })
})

describe('what a bridge keeps', () => {
  it('is written every ten seconds while it helps, however much comes through, and when it leaves', () => {
    const { clock, kept, traffic, watch, becomes } = watched({})
    becomes({ isHelping: true, peopleHelped: 1 })
    for (let second = 1; second <= 100; second++) {
      for (let count = 0; count < 10; count++) becomes({ bytes: traffic.bytes + 1 })
      clock.advance(1_000)
    }
    expect(kept.writes).toBe(10)
    becomes({ bytes: traffic.bytes + 1 })
    watch.stop()
    expect(kept.writes).toBe(11)
    expect(parseUsage(kept.text)).toMatchObject({
      bytes: 1_001,
      dayBytes: 1_001,
      peopleHelped: 1,
      seconds: 100,
    })
    clock.advance(600_000)
    expect(kept.writes).toBe(11)
  })

  it('is not written while it waits', () => {
    const { clock, kept } = watched({})
    clock.advance(3_600_000)
    expect(kept.writes).toBe(0)
  })

  it('has only the time in which it helped, and no night that the device slept through', () => {
    const { clock, watch, becomes } = watched({})
    clock.advance(10_000)
    becomes({ isHelping: true, peopleHelped: 1 })
    clock.advance(1_500)
    becomes({ isHelping: false })
    clock.advance(10_000)
    expect(watch.usage.seconds).toBe(1.5)
    becomes({ isHelping: true })
    watch.stop()
    clock.advance(8 * 3_600_000)
    expect(watch.usage.seconds).toBe(61.5)
  })
})
