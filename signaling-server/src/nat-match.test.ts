import { expect, it } from 'vitest'
import type { KnownNat } from './match-facts.ts'
import { natHandicap } from './nat-match.ts'

const ALL: readonly KnownNat[] = ['open', 'restricted', 'unknown', 'strict']
const APART = ['restricted strict', 'strict restricted', 'strict strict']

it('those who cannot connect do not meet, and where there are relays they meet when nobody else is to be had', () => {
  const pairs = ALL.flatMap((client) => ALL.map((bridge) => [client, bridge] as const))
  const apart = pairs.filter((pair) => natHandicap(...pair, false) === Number.POSITIVE_INFINITY)
  expect(apart.map((pair) => pair.join(' '))).toEqual(APART)
  for (const pair of pairs.filter((pair) => !apart.includes(pair))) {
    expect(natHandicap(...pair, true)).toBe(natHandicap(...pair, false))
    for (const relayed of apart)
      expect(natHandicap(...pair, true)).toBeLessThan(natHandicap(...relayed, true))
  }
})
