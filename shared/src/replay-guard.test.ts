import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReplayGuard } from './replay-guard.ts'

const WINDOW_MS = 120_000
const NOW = 1_800_000_000_000

/** A key that belongs to `number` alone. */
function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(0, number)
  return key
}

describe('the replay guard', () => {
  it('calls a message fresh once and replayed from then on', () => {
    const guard = new ReplayGuard()
    expect(guard.check(keyOf(1), NOW, NOW)).toBe('fresh')
    expect(guard.check(keyOf(1), NOW, NOW)).toBe('replayed')
    expect(guard.check(keyOf(1), NOW, NOW + WINDOW_MS)).toBe('replayed')
    expect(guard.check(keyOf(2), NOW, NOW)).toBe('fresh')
  })

  it.each([
    [-WINDOW_MS, 'fresh'],
    [WINDOW_MS, 'fresh'],
    [-WINDOW_MS - 1, 'stale'],
    [WINDOW_MS + 1, 'stale'],
  ])('calls a clock that is %i ms off %s', (off, verdict) => {
    expect(new ReplayGuard().check(keyOf(1), NOW + off, NOW)).toBe(verdict)
  })

  it('calls a message stale whose time is no number', () => {
    expect(new ReplayGuard().check(keyOf(1), Number.NaN, NOW)).toBe('stale')
  })

  it('never calls a message fresh twice, however long the sender of the copy waits', () => {
    const off = fc.integer({ min: -WINDOW_MS, max: WINDOW_MS })
    const waits = fc.array(fc.oneof(fc.nat(3 * WINDOW_MS), fc.constantFrom(WINDOW_MS, 2 * WINDOW_MS)), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(fc.oneof(off, fc.constantFrom(-WINDOW_MS, WINDOW_MS)), waits, (clockOff, plan) => {
        const guard = new ReplayGuard()
        expect(guard.check(keyOf(1), NOW + clockOff, NOW)).toBe('fresh')
        let now = NOW
        for (const wait of plan) {
          now += wait
          expect(guard.check(keyOf(1), NOW + clockOff, now)).not.toBe('fresh')
        }
      }),
      { numRuns: 500 },
    )
  })

  it('remembers a bounded number and calls nothing fresh while it is full', () => {
    const guard = new ReplayGuard()
    let fresh = 0
    for (let number = 0; number < 100_010; number += 1) {
      if (guard.check(keyOf(number), NOW, NOW) === 'fresh') fresh += 1
    }
    expect(fresh).toBe(100_000)
    expect(guard.check(keyOf(7), NOW, NOW)).toBe('replayed')
    const later = NOW + 2 * WINDOW_MS + 1
    expect(guard.check(keyOf(200_000), later, later)).toBe('fresh')
  })
})
