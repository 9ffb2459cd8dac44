import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  checkLimits,
  formatLimits,
  isWithinHours,
  lowerLimits,
  parseLimits,
  type VolunteerLimits,
} from './volunteer-limits.ts'

const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const hours = fc
  .record({ from: fc.nat(24), to: fc.nat(24) })
  .filter(({ from, to }) => from !== to && !(from === 24 && to === 0))
const limits: fc.Arbitrary<VolunteerLimits> = fc.record(
  {
    clients: fc.integer({ min: 1, max: 1_024 }),
    rate: fc.double({ min: 1, max: 1e12, noNaN: true }),
    dayQuota: count,
    monthQuota: count,
    hours,
  },
  { requiredKeys: ['clients'] },
)

describe('the limits of a volunteer', () => {
  it('are read as they were kept', () => {
    fc.assert(
      fc.property(limits, (limits) => {
        expect(() => checkLimits(limits)).not.toThrow()
        expect(parseLimits(formatLimits(limits))).toEqual(limits)
      }),
    )
  })

  it('are possible ones, whatever was kept', () => {
    const fields = ['clients', 'rate', 'dayQuota', 'monthQuota', 'hours', 'from', 'to', '__proto__']
    const record = fc.dictionary(
      fc.constantFrom(...fields),
      fc.oneof(fc.jsonValue(), limits, fc.record({ from: fc.jsonValue(), to: fc.jsonValue() })),
    )
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      record.map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(text, (text) => {
        const parsed = parseLimits(text)
        if (parsed) expect(() => checkLimits(parsed)).not.toThrow()
      }),
    )
  })

  it.each<[string | null | undefined, VolunteerLimits | undefined]>([
    [null, undefined],
    ['', undefined],
    ['{', undefined],
    ['null', undefined],
    ['[1]', { clients: 8 }],
    [`{"clients":3,"x":"${'x'.repeat(1_000)}"}`, undefined],
    ['{"clients":1e9,"rate":-1,"dayQuota":"5","hours":{"from":8}}', { clients: 8 }],
    ['{"clients":3,"rate":0,"dayQuota":5,"hours":{"from":8,"to":8}}', { clients: 3, dayQuota: 5 }],
  ])('leave out what makes no sense in %s', (text, parsed) => {
    expect(parseLimits(text)).toEqual(parsed)
  })

  it.each<Partial<VolunteerLimits>>([
    { clients: 0 },
    { clients: 1_025 },
    { rate: 0.5 },
    { dayQuota: 0 },
    { monthQuota: 1.5 },
    { monthQuota: 1e18 },
    { hours: { from: 8, to: 8 } },
    { hours: { from: 8, to: 25 } },
    { hours: { from: 24, to: 0 } },
  ])('cannot be %j', (limits) => {
    expect(() => checkLimits({ clients: 1, ...limits })).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('only lower what the page allows', () => {
    const bounds = fc.record({
      clients: fc.option(fc.integer({ min: 1, max: 1_024 }), { nil: undefined }),
      rate: fc.option(count, { nil: undefined }),
    })
    fc.assert(
      fc.property(limits, bounds, (limits, bounds) => {
        const { clients, rate, ...others } = lowerLimits(limits, bounds)
        const most = (...values: (number | undefined)[]): number =>
          Math.min(...values.map((v) => v ?? Infinity))
        expect(clients).toBe(most(limits.clients, bounds.clients))
        expect(rate ?? Infinity).toBe(most(limits.rate, bounds.rate))
        const { clients: _, rate: __, ...own } = limits
        expect(others).toEqual(own)
      }),
    )
  })
})

describe('hours of the day', () => {
  afterEach(() => vi.unstubAllEnvs())

  const within = (from: number, to: number): number[] =>
    Array.from({ length: 24 }, (_, hour) => hour).filter((hour) =>
      isWithinHours({ from, to }, new Date(2026, 5, 15, hour, 59, 59).getTime()),
    )

  it.each([
    [8, 11, [8, 9, 10]],
    [22, 2, [0, 1, 22, 23]],
    [22, 24, [22, 23]],
    [22, 0, [22, 23]],
    [24, 2, [0, 1]],
    [0, 24, Array.from({ length: 24 }, (_, hour) => hour)],
  ])('from %d to %d are %j', (from, to, hours) => {
    expect(within(from, to)).toEqual(hours)
  })

  it.each([
    // The same moment, in winter.
    ['Asia/Tehran', '2026-01-10T04:45:00Z', 8],
    ['America/New_York', '2026-01-10T04:45:00Z', 23],
    // The hour that is left out in spring, and the one that comes twice in autumn.
    ['Europe/Berlin', '2026-03-29T00:59:59Z', 1],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 3],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', 2],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', 2],
  ])('go by the clock on the wall: in %s, %s is %d o’clock', (timeZone, iso, hour) => {
    vi.stubEnv('TZ', timeZone)
    const at = Date.parse(iso)
    expect(isWithinHours({ from: hour, to: hour + 1 }, at)).toBe(true)
    expect(isWithinHours({ from: hour + 1, to: hour }, at)).toBe(false)
  })
})
