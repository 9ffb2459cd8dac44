import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsedPaths } from './used-paths.ts'

describe('used paths', () => {
  it('hold the path of the handshake from the start', () => {
    expect(new UsedPaths().has(0)).toBe(true)
    expect(new UsedPaths().has(1)).toBe(false)
  })

  it('let paths overtake each other', () => {
    const used = new UsedPaths()
    used.add(3)
    expect([1, 2, 3, 4].map((id) => used.has(id))).toEqual([false, false, true, false])
    used.add(1)
    expect([1, 2, 3, 4].map((id) => used.has(id))).toEqual([true, false, true, false])
  })

  it('refuse whatever is too far behind to be remembered', () => {
    const used = new UsedPaths()
    used.add(2_000)
    expect([975, 976, 977, 1_999].map((id) => used.has(id))).toEqual([true, true, false, false])
    used.add(0xffff_ffff)
    expect([1_999, 0xffff_fffe].map((id) => used.has(id))).toEqual([true, false])
  })

  it('never let an id pass twice, in whatever order thousands of them come', () => {
    // Mostly rising, as honest clients send them, with stragglers and copies of any age.
    const steps = fc.array(fc.tuple(fc.integer({ min: -1_500, max: 400 }), fc.boolean()), { maxLength: 400 })
    fc.assert(
      fc.property(steps, (plan) => {
        const used = new UsedPaths()
        const opened = new Set([0])
        let at = 0
        for (const [step, rising] of plan) {
          at = Math.max(0, at + (rising ? Math.abs(step) : step))
          if (used.has(at)) continue
          expect(opened.has(at)).toBe(false)
          opened.add(at)
          used.add(at)
        }
      }),
    )
  })
})
