import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecentMap } from './recent-map.ts'

it('keeps what is in use, and forgets what is not', () => {
  const map = new RecentMap<string, number>(10, 100)
  map.set('quiet', 1, 0)
  map.set('busy', 2, 0)
  for (let now = 50; now <= 1_000; now += 50) expect(map.get('busy', now)).toBe(2)
  expect(map.get('quiet', 1_000)).toBeUndefined()
  expect(map.size).toBe(1)
})

it('forgets everything after a long silence', () => {
  const map = new RecentMap<string, number>(10, 100)
  map.set('a', 1, 0)
  expect(map.get('a', 200)).toBeUndefined()
  expect(map.size).toBe(0)
})

it('holds a bounded number, and the active one among them, whoever comes', () => {
  const map = new RecentMap<number, number>(10, 1_000)
  map.set(-1, 7, 0)
  for (let stranger = 0; stranger < 1_000; stranger++) {
    map.set(stranger, 0, 0)
    if (stranger % 10 === 0) expect(map.get(-1, 0)).toBe(7)
    expect(map.size).toBeLessThanOrEqual(20)
  }
})

it('forgets in time, however late somebody looks', () => {
  const map = new RecentMap<string, number>(6, 100)
  map.set('early', 1, 0)
  map.set('other', 1, 143)
  expect(map.get('early', 200)).toBeUndefined()
})

it('never forgets before the time while there is room', () => {
  const step = fc.record({ key: fc.nat(5), pause: fc.nat(40) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const map = new RecentMap<number, number>(6, 100)
      const writtenAt = new Map<number, number>()
      let now = 0
      for (const { key, pause } of steps) {
        now += pause
        const last = writtenAt.get(key)
        if (last !== undefined && now - last < 100) expect(map.get(key, now)).toBe(last)
        if (last !== undefined && now - last >= 200) expect(map.get(key, now)).toBeUndefined()
        map.set(key, now, now)
        writtenAt.set(key, now)
      }
    }),
  )
})
