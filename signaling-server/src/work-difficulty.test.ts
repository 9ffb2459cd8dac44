import { expect, it } from 'vitest'
import { WorkDifficulty } from './work-difficulty.ts'

const OPTIONS = { workFromOffersPerSecond: 100, maxPendingOffers: 1_000, leastWorkBits: 10, mostWorkBits: 14 }

/** Lets `perSecond` offers come in each of these seconds; what is asked of the last one. */
class Load {
  readonly difficulty = new WorkDifficulty(OPTIONS)
  now = 0

  during(seconds: number, perSecond: number, { pass = true, pending = 0 } = {}): number {
    let bits = 0
    for (let offer = 0; offer < seconds * perSecond; offer++) {
      this.now += 1_000 / perSecond
      bits = this.difficulty.bits(this.now, pending)
      if (pass || bits === 0) this.difficulty.passed()
    }
    return bits
  }
}

it('asks for nothing while there is time for everybody', () => {
  expect(new Load().during(60, 99)).toBe(0)
})

it('asks for more with each second of too much, up to a limit', () => {
  const load = new Load()
  expect(load.during(1, 200)).toBe(10)
  expect(load.during(2, 200)).toBe(12)
  expect(load.during(60, 200)).toBe(14)
})

it('asks for something while many offers are pending, however slowly they come', () => {
  expect(new Load().during(3, 10, { pending: 501 })).toBeGreaterThanOrEqual(10)
})

it('asks for less once it is calm, and then for nothing', () => {
  const load = new Load()
  load.during(3, 200)
  expect(load.difficulty.bits(load.now, 0)).toBe(12)
  expect(load.during(9, 10)).toBe(12)
  expect(load.during(10, 10)).toBe(11)
  expect(load.during(20, 10)).toBe(0)
})

it('asks for something from the first offer on if it is to ask always', () => {
  const always = new WorkDifficulty({ ...OPTIONS, workFromOffersPerSecond: 0 })
  expect(always.bits(0, 0)).toBe(10)
  expect(always.bits(3_600_000, 0)).toBe(10)
})

it('asks for nothing after a long silence', () => {
  const load = new Load()
  load.during(3, 200)
  load.now += 3_600_000
  expect(load.difficulty.bits(load.now, 0)).toBe(0)
})

it('neither gives in to a flood without proofs nor lets it make proofs harder', () => {
  const load = new Load()
  load.during(1, 200)
  expect(load.during(60, 1_000, { pass: false })).toBe(10)
})
