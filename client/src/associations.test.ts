import { describe, expect, it } from 'vitest'
import { Associations } from './associations.ts'

describe('the number of paths over one bridge', () => {
  it('is one while nothing stalls', () => {
    const associations = new Associations(4)
    expect(associations.wanted).toBe(1)
    expect(associations.relaxAt).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    [4, [2, 4, 4]],
    [3, [2, 3, 3]],
    [1, [1, 1, 1]],
  ])('doubles whenever one stalls, to %i at most', (most, expected) => {
    const associations = new Associations(most)
    const wanted = [0, 100, 200].map((now) => {
      associations.stalled(now, associations.wanted)
      return associations.wanted
    })
    expect(wanted).toEqual(expected)
  })

  it('does not rise before those that were wanted are there', () => {
    const associations = new Associations(4)
    for (const count of [1, 1, 1]) associations.stalled(0, count)
    expect(associations.wanted).toBe(2)
  })

  it('halves each time that half a minute has passed without a stall', () => {
    const associations = new Associations(4)
    for (const now of [0, 1_000]) associations.stalled(now, associations.wanted)
    const wanted = [30_999, 31_000, 60_999, 61_000, 200_000].map((now) => {
      associations.relax(now)
      return associations.wanted
    })
    expect(wanted).toEqual([4, 2, 2, 1, 1])
    expect(associations.relaxAt).toBe(Number.POSITIVE_INFINITY)
  })
})
