import { expect, it } from 'vitest'
import { COUNT_INTERVAL_MS, LEAST_CROWD, returnMemory } from './memory-return.ts'

/** Looks once at each of `counts`, and says at which of them memory was returned. */
function returnsAt(counts: readonly number[]): number[] {
  let index = 0
  const returns: number[] = []
  const timers: { delayMs: number; fire: () => void }[] = []
  const after = (delayMs: number, fire: () => void) => {
    timers.push({ delayMs, fire })
    return () => {
      timers.length = 0
    }
  }
  const stop = returnMemory({
    count: () => counts[index] ?? 0,
    clock: { now: () => 0, wallNow: () => 0, after },
    collect: () => returns.push(index),
  })
  for (index = 1; index < counts.length; index++) {
    expect(timers).toMatchObject([{ delayMs: COUNT_INTERVAL_MS }])
    timers.shift()?.fire()
  }
  stop()
  expect(timers).toEqual([])
  return returns
}

it('returns memory, and what that has freed, each time that half of a crowd has gone', () => {
  const crowd = 8 * LEAST_CROWD
  const half = crowd / 2
  expect(returnsAt([0, crowd, half + 1, half, half, half, half / 2 + 1, half / 2, 0, 0, 0])).toEqual([
    3, 4, 7, 8, 9,
  ])
})

it('does so again for the next crowd', () => {
  expect(returnsAt([LEAST_CROWD, 0, 0, 0, LEAST_CROWD, 0, 0, 0])).toEqual([1, 2, 5, 6])
})

it('leaves alone what few have left', () => {
  expect(returnsAt([0, LEAST_CROWD - 1, 0, LEAST_CROWD - 1, 0])).toEqual([])
})

it('gives back what nobody holds any more', async () => {
  let count = LEAST_CROWD
  let look = () => {}
  const after = (_: number, fire: () => void) => {
    look = fire
    return () => {}
  }
  returnMemory({ count: () => count, clock: { now: () => 0, wallNow: () => 0, after } })
  const garbage = new WeakRef({})
  // A weak reference holds its object until the task that made it is over.
  await new Promise((resolve) => setTimeout(resolve))
  count = 0
  look()
  expect(garbage.deref()).toBeUndefined()
})
