import type { Clock } from '@footbridge/shared'
import { expect, it } from 'vitest'
import { Deadlines } from './deadlines.ts'

/** A clock that a test moves, with one timer at most. */
class ManualClock implements Clock {
  #now = 0
  timer: { readonly at: number; readonly fire: () => void } | undefined

  now = (): number => this.#now
  wallNow = this.now
  after = (delayMs: number, fire: () => void): (() => void) => {
    expect(this.timer).toBeUndefined()
    this.timer = { at: this.#now + delayMs, fire }
    return () => {
      this.timer = undefined
    }
  }

  pass(ms: number): void {
    const until = this.#now + ms
    while (this.timer && this.timer.at <= until) {
      const { at, fire } = this.timer
      this.timer = undefined
      this.#now = at
      fire()
    }
    this.#now = until
  }
}

it('acts on each item in its time, with one timer, and leaves none behind', () => {
  const clock = new ManualClock()
  const acted: [string, number][] = []
  const deadlines = new Deadlines<string>(100, clock, (item) => acted.push([item, clock.now()]))
  deadlines.start('a')
  clock.pass(40)
  deadlines.start('b')
  deadlines.start('stopped')
  clock.pass(40)
  deadlines.start('a')
  deadlines.stop('stopped')
  clock.pass(1_000)
  expect(acted).toEqual([
    ['b', 140],
    ['a', 180],
  ])
  expect(clock.timer).toBeUndefined()
  deadlines.start('c')
  deadlines.stop('c')
  expect(clock.timer).toBeUndefined()
})

it('goes round when what it does starts the item again', () => {
  const clock = new ManualClock()
  const rounds: number[] = []
  const deadlines: Deadlines<string> = new Deadlines<string>(100, clock, (item) => {
    rounds.push(clock.now())
    deadlines.start(item)
  })
  deadlines.start('a')
  clock.pass(350)
  expect(rounds).toEqual([100, 200, 300])
})
