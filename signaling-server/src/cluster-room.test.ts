import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseInstance } from './cluster-room.ts'
import type { KnownNat } from './match-facts.ts'
import type { Room } from './pool.ts'

const CLASSES: readonly KnownNat[] = ['open', 'restricted', 'strict', 'unknown']

function room(free: Partial<Record<KnownNat, number>>, places: number): Room {
  return { free: { open: 0, restricted: 0, strict: 0, unknown: 0, ...free }, places }
}

const free = fc.record(Object.fromEntries(CLASSES.map((nat) => [nat, fc.nat(20)])))
const rooms = fc
  .dictionary(fc.constantFrom('own', 'a', 'b', 'c'), free)
  .map((all) => new Map(Object.entries(all).map(([id, places]) => [id, room(places, 100)])))
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('chooseInstance', () => {
  it('chooses one with room whenever there is one, and none otherwise', () => {
    fc.assert(
      fc.property(rooms, fc.constantFrom(...CLASSES), random, (all, nat, chance) => {
        const chosen = chooseInstance('own', all, nat, () => chance)
        const open = [...all].filter(([, { free }]) => Object.values(free).some((places) => places > 0))
        if (open.length === 0) expect(chosen).toBeUndefined()
        else expect(open.map(([id]) => id)).toContain(chosen)
      }),
    )
  })

  it('stays at home while the share of free places there is at least half of the best', () => {
    const all = (free: number): Map<string, Room> =>
      new Map([
        ['own', room({ restricted: free }, 100)],
        ['other', room({ restricted: 800 }, 1_000)],
      ])
    expect(chooseInstance('own', all(40), 'restricted', () => 0)).toBe('own')
    expect(chooseInstance('own', all(39), 'restricted', () => 0.99)).toBe('other')
  })

  it('spreads what goes elsewhere by the free places there', () => {
    const all = new Map([
      ['a', room({ unknown: 10 }, 10)],
      ['b', room({ unknown: 30 }, 30)],
    ])
    const chosen = [0, 0.24, 0.26, 0.99].map((chance) => chooseInstance('own', all, 'open', () => chance))
    expect(chosen).toEqual(['a', 'a', 'b', 'b'])
  })

  it('sends a strict client where open bridges are, and takes its chance where there are none', () => {
    const all = new Map([
      ['own', room({ unknown: 8, restricted: 80 }, 88)],
      ['other', room({ open: 1 }, 8)],
    ])
    expect(chooseInstance('own', all, 'strict', () => 0)).toBe('other')
    all.delete('other')
    expect(chooseInstance('own', all, 'strict', () => 0)).toBe('own')
  })
})
