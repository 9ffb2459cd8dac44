import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ShownBridges } from './shown-bridges.ts'

const HERE = { address: 'here', subnet: 'here' }
const ELSEWHERE = { address: 'elsewhere', subnet: 'elsewhere' }
const MINUTE_MS = 60_000

it('lets a subnet see any bridge, up to the cap, then those it has seen', () => {
  const shown = new ShownBridges({ perHour: 2 })
  shown.add(HERE, 'a', 0)
  shown.add(HERE, 'a', 1)
  expect(shown.only(HERE, 1)).toBeUndefined()
  shown.add(HERE, 'b', 2)
  expect([...(shown.only(HERE, 2) ?? [])]).toEqual(['a', 'b'])
  expect(['a', 'b', 'c'].map((id) => shown.maySee(HERE, id, 2))).toEqual([true, true, false])
  expect(shown.only(ELSEWHERE, 2)).toBeUndefined()
  expect(shown.maySee(ELSEWHERE, 'c', 2)).toBe(true)
})

it('lets a new one be seen an hour after an old one was last shown', () => {
  const shown = new ShownBridges({ perHour: 1 })
  shown.add(HERE, 'a', 0)
  shown.add(HERE, 'a', 30 * MINUTE_MS)
  expect(shown.maySee(HERE, 'b', 60 * MINUTE_MS)).toBe(false)
  expect(shown.maySee(HERE, 'b', 90 * MINUTE_MS)).toBe(true)
})

it('lets programs on this machine see any', () => {
  const shown = new ShownBridges({ perHour: 1 })
  const local = { ...HERE, isLocal: true } as const
  for (const id of ['a', 'b']) shown.add(local, id, 0)
  expect(shown.maySee(local, 'c', 0)).toBe(true)
  expect(shown.only(local, 0)).toBeUndefined()
  expect(shown.maySee(HERE, 'c', 0)).toBe(true)
})

it('tells of what it shows, not of what it was told', () => {
  const told: string[] = []
  const shown = new ShownBridges({
    perHour: 1,
    onShown: (subnet, bridgeId) => told.push(`${bridgeId} ${subnet}`),
  })
  shown.add(HERE, 'a', 0)
  shown.merge('elsewhere', 'b', 0)
  expect(told).toEqual(['a here'])
  expect(shown.maySee(ELSEWHERE, 'c', 0)).toBe(false)
})

it('never shows more than the cap in any hour, whenever who asks', () => {
  const ask = fc.record({ pause: fc.nat(10 * MINUTE_MS), bridge: fc.nat(8).map(String) })
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 100 }), (asks) => {
      const shown = new ShownBridges({ perHour: 3 })
      const log: { bridge: string; at: number }[] = []
      let now = 0
      for (const { pause, bridge } of asks) {
        now += pause
        if (!shown.maySee(HERE, bridge, now)) continue
        shown.add(HERE, bridge, now)
        log.push({ bridge, at: now })
        const lastHour = log.filter(({ at }) => now - at < 60 * MINUTE_MS)
        expect(new Set(lastHour.map((entry) => entry.bridge)).size).toBeLessThanOrEqual(3)
      }
    }),
  )
})
