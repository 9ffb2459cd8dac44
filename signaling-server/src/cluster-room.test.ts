import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseInstance, type Room } from './cluster-room.ts'

const room = fc.nat(1_000).chain((places) => fc.record({ places: fc.constant(places), free: fc.nat(places) }))
const rooms = fc
  .dictionary(fc.constantFrom('own', 'a', 'b', 'c'), room)
  .map((all) => new Map(Object.entries(all)))
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('chooseInstance', () => {
  it('chooses one with room whenever there is one, and none otherwise', () => {
    fc.assert(
      fc.property(rooms, random, (all, chance) => {
        const chosen = chooseInstance('own', all, () => chance)
        const open = [...all].filter(([, { free }]) => free > 0).map(([id]) => id)
        if (open.length === 0) expect(chosen).toBeUndefined()
        else expect(open).toContain(chosen)
      }),
    )
  })

  it('stays at home while the share of free places there is at least half of the best', () => {
    const all = (free: number): Map<string, Room> =>
      new Map([
        ['own', { free, places: 100 }],
        ['other', { free: 800, places: 1_000 }],
      ])
    expect(chooseInstance('own', all(40), () => 0.99)).toBe('own')
    expect(chooseInstance('own', all(39), () => 0.99)).toBe('other')
  })

  it('spreads what goes elsewhere by the free places there', () => {
    const all = new Map([
      ['a', { free: 10, places: 10 }],
      ['b', { free: 30, places: 30 }],
    ])
    const chosen = [0, 0.24, 0.26, 0.99].map((chance) => chooseInstance('own', all, () => chance))
    expect(chosen).toEqual(['a', 'a', 'b', 'b'])
  })
})
