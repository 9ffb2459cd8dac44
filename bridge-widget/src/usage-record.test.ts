import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeptText } from './kept-text.ts'
import { formatUsage, usageOf } from './usage.ts'
import { UsageRecord } from './usage-record.ts'

const NOON = Date.parse('2026-11-24T12:00:00Z')

/** A place that several tabs share, and that works or does not. */
class Place implements KeptText {
  text: string | null = null
  fails: 'never' | 'read' | 'write' = 'never'
  writes = 0

  read(): string | null {
    if (this.fails === 'read') throw new DOMException('denied', 'SecurityError')
    return this.text
  }

  write(text: string): void {
    if (this.fails !== 'never') throw new DOMException('full', 'QuotaExceededError')
    this.text = text
    this.writes += 1
  }
}

const bytes = (count: number) => usageOf({ bytes: count, peopleHelped: 0, seconds: 0 }, NOON)

describe('the usage that is kept', () => {
  it('is that of all tabs together, whoever saves when, and whatever the storage does meanwhile', () => {
    const step = fc.record({
      tab: fc.nat(2),
      does: fc.oneof(fc.nat(1_000), fc.constant('saves' as const)),
      fails: fc.constantFrom('never' as const, 'never' as const, 'read' as const, 'write' as const),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const place = new Place()
        const tabs = [0, 1, 2].map(() => new UsageRecord(place))
        const own = [0, 0, 0]
        for (const { tab, does, fails } of steps) {
          place.fails = fails
          if (does === 'saves') tabs[tab]?.save(NOON)
          else {
            own[tab] = (own[tab] ?? 0) + does
            tabs[tab]?.add(bytes(does), NOON)
          }
          // A quota never sees less than what the tab itself has passed on.
          expect(tabs[tab]?.at(NOON).dayBytes).toBeGreaterThanOrEqual(own[tab] ?? 0)
        }
        place.fails = 'never'
        for (const tab of [...tabs, ...tabs]) tab.save(NOON)
        const all = own.reduce((sum, count) => sum + count, 0)
        for (const tab of tabs) expect(tab.at(NOON)).toMatchObject({ bytes: all, dayBytes: all })
      }),
    )
  })

  it('is not written when there is nothing new', () => {
    const place = new Place()
    const record = new UsageRecord(place)
    record.save(NOON)
    record.add(bytes(1), NOON)
    record.save(NOON)
    record.save(NOON)
    expect(place.writes).toBe(1)
  })

  it.each([[new Place()], [undefined]])(
    'counts no longer than until tomorrow what was counted under a date ahead of the clock',
    (place) => {
      const ahead = Date.parse('2030-01-01T12:00:00Z')
      const record = new UsageRecord(place)
      record.add(usageOf({ bytes: 5, peopleHelped: 0, seconds: 0 }, ahead), ahead)
      record.save(ahead)
      record.save(NOON)
      expect(record.at(NOON)).toMatchObject({ day: '2026-11-24', dayBytes: 5 })
      record.save(NOON + 86_400_000)
      expect(record.at(NOON + 86_400_000)).toMatchObject({ dayBytes: 0, bytes: 5 })
    },
  )

  it('goes on from what an earlier visit has kept', () => {
    const place = new Place()
    place.text = formatUsage(bytes(7))
    const record = new UsageRecord(place)
    record.save(NOON)
    record.add(bytes(1), NOON)
    expect(record.at(NOON)).toMatchObject({ bytes: 8, dayBytes: 8, monthBytes: 8 })
  })
})
