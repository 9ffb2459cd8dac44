import { describe, expect, it } from 'vitest'
import { parseCounts, UntoldCounts } from './cluster-counts.ts'

describe('UntoldCounts', () => {
  it('adds up until it is told, then begins anew', () => {
    const untold = new UntoldCounts()
    for (const address of ['a', 'a', 'b']) untold.deed('offer', address)
    untold.deed('fault', 'a')
    for (const bridgeId of ['x', 'y', 'x']) untold.shown('net', bridgeId)
    expect(untold.take().flatMap(parseCounts)).toEqual([
      { type: 'deed', deed: 'offer', address: 'a', count: 2 },
      { type: 'deed', deed: 'offer', address: 'b', count: 1 },
      { type: 'deed', deed: 'fault', address: 'a', count: 1 },
      { type: 'shown', subnet: 'net', bridgeId: 'x' },
      { type: 'shown', subnet: 'net', bridgeId: 'y' },
    ])
    expect(untold.take()).toEqual([])
  })

  it('keeps no more than so many, and puts few enough in each text', () => {
    const untold = new UntoldCounts()
    for (let at = 0; at < 20_000; at++) untold.deed('offer', `address-${at}`)
    const texts = untold.take()
    expect(texts.flatMap(parseCounts)).toHaveLength(16_384)
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(40_000)
  })

  it.each([
    '',
    'murder a 1',
    'offer a 0',
    'offer a -1',
    'offer a',
    'shown net',
    'shown net a b',
    'offer 9.9.9.9 1',
  ])('is not read from "%s"', (text) => {
    expect(() => parseCounts(text)).toThrow('makes no sense')
  })
})
