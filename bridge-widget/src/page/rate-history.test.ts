import fc from 'fast-check'
import { expect, it } from 'vitest'
import { drawRates } from './rate-graph.ts'
import { RateHistory, SLOT_MS, SLOTS } from './rate-history.ts'

/** What the slots that are over hold in all. */
function bytesIn(history: RateHistory): { down: number; up: number } {
  const seconds = SLOT_MS / 1_000
  return history.slots.reduce(
    (sum, { down, up }) => ({ down: sum.down + down * seconds, up: sum.up + up * seconds }),
    { down: 0, up: 0 },
  )
}

it('spreads what passed since the last reading evenly', () => {
  const history = new RateHistory()
  history.add({ time: SLOT_MS, down: 500, up: 0 })
  history.add({ time: SLOT_MS * 4, down: 6_500, up: 3_000 })
  expect(history.slots.slice(-3)).toEqual([1, 2, 3].map(() => ({ down: 1_000, up: 500 })))
  expect(history.now).toEqual({ down: 1_000, up: 500 })
})

it('takes counters that fell for those of another run', () => {
  const history = new RateHistory()
  history.add({ time: 0, down: 9_000, up: 9_000 })
  history.add({ time: SLOT_MS * 2, down: 10, up: 20 })
  expect(bytesIn(history)).toEqual({ down: 0, up: 0 })
  expect(history.now).toEqual({ down: 0, up: 0 })
})

it('loses and invents nothing within its span, however seldom it is told', () => {
  const step = fc.record({
    after: fc.integer({ min: 0, max: SLOT_MS * 12 }),
    down: fc.integer({ min: 0, max: 1e9 }),
    up: fc.integer({ min: 0, max: 1e9 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
      const history = new RateHistory()
      const reading = { time: 5, down: 0, up: 0 }
      history.add({ ...reading })
      for (const { after, down, up } of steps) {
        if (after === 0) continue
        reading.time += after
        reading.down += down
        reading.up += up
        history.add({ ...reading })
      }
      // The slot that is not over yet is left out.
      history.add({ ...reading, time: reading.time + SLOT_MS })
      expect(bytesIn(history).down).toBeCloseTo(reading.down, 1)
      expect(bytesIn(history).up).toBeCloseTo(reading.up, 1)
    }),
  )
})

it('forgets what is older than its span, also after a long sleep', () => {
  const history = new RateHistory()
  history.add({ time: 0, down: 0, up: 0 })
  history.add({ time: SLOT_MS * SLOTS * 1_000, down: SLOT_MS * SLOTS * 1_000, up: 0 })
  expect(history.slots).toHaveLength(SLOTS - 1)
  expect(new Set(history.slots.map(({ down }) => Math.round(down)))).toEqual(new Set([1_000]))
})

it('draws nothing where nothing passed, and both ways to one scale', () => {
  const slots = Array.from({ length: SLOTS - 1 }, () => ({ down: 1_300_000, up: 0 }))
  const { down, up, top } = drawRates(slots)
  expect(top).toBe(2_000_000)
  expect(up).toBe('')
  expect(down.startsWith('M0 50L0 18.')).toBe(true)
})
