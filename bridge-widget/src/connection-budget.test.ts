import { beforeEach, expect, it } from 'vitest'
import { ConnectionBudget } from './connection-budget.ts'
import { ManualClock } from './manual-clock.test.helper.ts'

class Connection {
  readonly configuration: unknown

  constructor(configuration?: unknown) {
    if (configuration === 'impossible') throw new TypeError('no such connection')
    this.configuration = configuration
  }
}

let clock: ManualClock
let regained: number
beforeEach(() => {
  clock = new ManualClock()
  regained = 0
})

const counted = (budget: ConnectionBudget) =>
  budget.counting({ RTCPeerConnection: Connection }).RTCPeerConnection

it('is spent by what was made, not by what could not be', () => {
  const budget = new ConnectionBudget(2)
  const Counted = counted(budget)
  expect(new Counted('given')).toBeInstanceOf(Connection)
  expect(() => new Counted('impossible')).toThrow('no such connection')
  expect(budget.isSpent).toBe(false)
  expect(new Counted('given').configuration).toBe('given')
  expect(budget.isSpent).toBe(true)
})

it('is one, however many parts of a page make connections', () => {
  const budget = new ConnectionBudget(2)
  for (const Counted of [counted(budget), counted(budget)]) new Counted()
  expect(budget.isSpent).toBe(true)
})

it('is given another chance after a while if others have spent it', () => {
  const budget = new ConnectionBudget(2)
  budget.exhaust()
  expect(budget.isSpent).toBe(true)
  budget.whenRegained(clock, () => {
    regained += 1
  })
  clock.advance(299_999)
  expect(regained).toBe(0)
  clock.advance(1)
  expect([regained, budget.isSpent]).toEqual([1, false])
  clock.advance(3_000_000)
  expect(regained).toBe(1)
})

it('is not given one if the page’s own connections have spent it', () => {
  const budget = new ConnectionBudget(1)
  const kept = new (counted(budget))()
  budget.whenRegained(clock, () => {
    regained += 1
  })
  clock.advance(3_000_000)
  expect([regained, budget.isSpent, kept.configuration]).toEqual([0, true, undefined])
})

it('calls nobody who waits no longer', () => {
  const budget = new ConnectionBudget(2)
  budget.exhaust()
  const stop = budget.whenRegained(clock, () => {
    regained += 1
  })
  stop()
  clock.advance(3_000_000)
  expect(regained).toBe(0)
})
