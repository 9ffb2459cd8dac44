import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { addUsage, formatUsage, NO_USAGE, parseUsage, type Usage, usageAt, usageOf } from './usage.ts'

const DAY_MS = 86_400_000

const at = (iso: string): number => Date.parse(iso)
const bytesAt = (bytes: number, when: number): Usage => usageOf({ bytes, peopleHelped: 1, seconds: 2 }, when)
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

afterEach(() => vi.unstubAllEnvs())

describe('usage', () => {
  it('is the bytes of this day, of this month, and of all time, while the clock goes on', () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(3 * DAY_MS), bytes: fc.nat(1_000_000) }), {
      maxLength: 50,
    })
    const zones = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Europe/Berlin')
    fc.assert(
      fc.property(zones, steps, (zone, steps) => {
        vi.stubEnv('TZ', zone)
        let now = at('2026-01-01T00:00:00Z')
        let usage = NO_USAGE
        const done: { when: number; bytes: number }[] = []
        for (const { waitMs, bytes } of steps) {
          now += waitMs
          usage = addUsage(usage, bytesAt(bytes, now), now)
          done.push({ when: now, bytes })
          const since = (start: Date): number =>
            total(done.filter(({ when }) => when >= start.getTime()).map(({ bytes }) => bytes))
          const today = new Date(now)
          const [year, month] = [today.getFullYear(), today.getMonth()]
          expect(usage).toMatchObject({
            dayBytes: since(new Date(year, month, today.getDate())),
            monthBytes: since(new Date(year, month, 1)),
            bytes: total(done.map(({ bytes }) => bytes)),
            peopleHelped: done.length,
            seconds: 2 * done.length,
          })
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is never less than what was done since the clock last went on by a day, however it jumps', () => {
    const jump = fc.oneof(fc.nat(3_600_000), fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS }))
    fc.assert(
      fc.property(fc.array(fc.tuple(jump, fc.nat(1_000)), { maxLength: 50 }), (steps) => {
        vi.stubEnv('TZ', 'UTC')
        let now = at('2026-06-15T12:00:00Z')
        let usage = NO_USAGE
        let sinceLaterDay = 0
        for (const [jumpMs, bytes] of steps) {
          const isLaterDay = Math.floor((now + jumpMs) / DAY_MS) > Math.floor(now / DAY_MS)
          now += jumpMs
          sinceLaterDay = (isLaterDay ? 0 : sinceLaterDay) + bytes
          usage = addUsage(usage, bytesAt(bytes, now), now)
          expect(usage.dayBytes).toBe(sinceLaterDay)
          expect(usage.monthBytes).toBeGreaterThanOrEqual(usage.dayBytes)
        }
      }),
    )
  })

  it('takes a date ahead of the clock for today, so that it counts no longer than until tomorrow', () => {
    vi.stubEnv('TZ', 'UTC')
    const ahead = bytesAt(7, at('2030-01-01T00:00:00Z'))
    const today = usageAt(ahead, at('2026-11-24T10:00:00Z'))
    expect(today).toMatchObject({ day: '2026-11-24', dayBytes: 7, monthBytes: 7 })
    expect(usageAt(today, at('2026-11-25T00:00:00Z'))).toMatchObject({ dayBytes: 0, monthBytes: 7 })
    expect(usageAt(today, at('2026-12-01T00:00:00Z'))).toMatchObject({ dayBytes: 0, monthBytes: 0, bytes: 7 })
  })

  it('turns at midnight on the wall, also where a day has 23 or 25 hours', () => {
    vi.stubEnv('TZ', 'Europe/Berlin')
    for (const [first, last, next] of [
      ['2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:00Z'],
      ['2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z'],
    ] as const) {
      const usage = bytesAt(5, at(first))
      expect(usageAt(usage, at(last)).dayBytes).toBe(5)
      expect(usageAt(usage, at(next)).dayBytes).toBe(0)
    }
  })

  it('is read as it was kept', () => {
    const counter = fc.nat(Number.MAX_SAFE_INTEGER)
    fc.assert(
      fc.property(
        counter,
        counter,
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (bytes, people, seconds) => {
          const usage = usageOf(
            { bytes, peopleHelped: people, seconds: seconds || 0 },
            at('2026-11-24T10:00:00Z'),
          )
          expect(parseUsage(formatUsage(usage))).toEqual(usage)
        },
      ),
    )
  })

  it.each([
    null,
    undefined,
    '',
    '{',
    'null',
    '7',
    '[]',
    '{}',
    formatUsage({ ...NO_USAGE, bytes: -1 }),
    formatUsage({ ...NO_USAGE, bytes: Number.NaN }),
    formatUsage({ ...NO_USAGE, bytes: 1e300 }),
    formatUsage({ ...NO_USAGE, day: 'yesterday' }),
    formatUsage({ ...NO_USAGE, day: 5 as unknown as string }),
    formatUsage({ ...NO_USAGE, peopleHelped: '1' as unknown as number }),
    `${formatUsage({ ...NO_USAGE, bytes: 5 })}${' '.repeat(500)}`,
  ])('begins anew where %j was kept', (text) => {
    expect(parseUsage(text)).toEqual(NO_USAGE)
  })

  it('stops at the largest number that counts', () => {
    const now = at('2026-11-24T10:00:00Z')
    const huge = bytesAt(Number.MAX_SAFE_INTEGER, now)
    const usage = addUsage(huge, huge, now)
    expect(usage).toMatchObject({ bytes: Number.MAX_SAFE_INTEGER, dayBytes: Number.MAX_SAFE_INTEGER })
    expect(parseUsage(formatUsage(usage))).toEqual(usage)
  })
})
