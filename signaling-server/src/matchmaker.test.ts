import { beforeEach, describe, expect, it } from 'vitest'
import { Matchmaker, type MatchmakerOptions } from './matchmaker.ts'

const OPTIONS: MatchmakerOptions = {
  random: () => 0,
  answerTimeoutMs: 3_000,
  maxAttempts: 3,
  maxPendingOffers: 100,
  pairingLifetimeMs: 30_000,
  maxPairings: 100,
}
const ANYONE = { avoid: new Set<string>() }

describe('Matchmaker', () => {
  let matchmaker: Matchmaker

  beforeEach(() => {
    matchmaker = new Matchmaker(OPTIONS)
  })

  /** The bridge that `offerId` goes to. */
  function offerTo(offerId: number, avoid: string[] = [], now = 0): string | undefined {
    matchmaker.offer(offerId, { avoid: new Set(avoid) }, now)
    return matchmaker.holderOf(offerId)?.bridgeId
  }

  it('offers to the least loaded bridge', () => {
    matchmaker.register('busy', 8, 3)
    matchmaker.register('idle', 8, 1)
    matchmaker.register('full', 8, 8)
    expect(offerTo(1)).toBe('idle')
  })

  it('compares bridges by the share of their places that is taken', () => {
    matchmaker.register('small', 2, 1)
    matchmaker.register('large', 100, 10)
    expect(offerTo(1)).toBe('large')
  })

  it('counts offers that wait for an answer as load', () => {
    matchmaker.register('a', 4, 0)
    matchmaker.register('b', 4, 0)
    expect(new Set([offerTo(1), offerTo(2)])).toEqual(new Set(['a', 'b']))
  })

  it('breaks ties by the injected randomness', () => {
    const choices = [0, 0.4, 0.99].map((random) => {
      matchmaker = new Matchmaker({ ...OPTIONS, random: () => random })
      for (const id of ['a', 'b', 'c']) matchmaker.register(id, 1, 0)
      return offerTo(1)
    })
    expect(choices).toEqual(['a', 'b', 'c'])
  })

  it('refuses when nobody has room, and offers again once somebody has', () => {
    matchmaker.register('a', 1, 1)
    expect(matchmaker.offer(1, ANYONE, 0)).toEqual([{ type: 'refused', offerId: 1, reason: 'no-bridge' }])
    matchmaker.setLoad('a', 0)
    expect(offerTo(2)).toBe('a')
  })

  it('keeps a place for an answered client until the bridge lets go of it', () => {
    matchmaker.register('a', 1, 0)
    offerTo(1)
    expect(matchmaker.answer('a', 1, 0)).toEqual([{ type: 'answered', offerId: 1, bridgeId: 'a' }])
    expect(offerTo(2)).toBeUndefined()
    matchmaker.setLoad('a', 0)
    expect(offerTo(3)).toBe('a')
  })

  it('never offers a bridge that the client avoids', () => {
    matchmaker.register('a', 8, 0)
    expect(offerTo(1, ['a'])).toBeUndefined()
    matchmaker.register('b', 8, 7)
    expect(offerTo(2, ['a'])).toBe('b')
  })

  it('passes a declined offer on to the next bridge', () => {
    matchmaker.register('a', 8, 0)
    matchmaker.register('b', 8, 1)
    offerTo(1)
    expect(matchmaker.decline('a', 1, 0)).toEqual([
      { type: 'deliver', offerId: 1, attemptId: 2, bridgeId: 'b' },
    ])
    expect(matchmaker.decline('b', 2, 0)).toEqual([{ type: 'refused', offerId: 1, reason: 'no-bridge' }])
  })

  it('passes the offers of a bridge that leaves on at once', () => {
    matchmaker.register('a', 8, 0)
    matchmaker.register('b', 8, 7)
    offerTo(1)
    expect(matchmaker.unregister('a', 0)).toEqual([
      { type: 'deliver', offerId: 1, attemptId: 2, bridgeId: 'b' },
    ])
    expect(matchmaker.unregister('b', 0)).toEqual([{ type: 'refused', offerId: 1, reason: 'no-bridge' }])
    expect(matchmaker.bridgeCount).toBe(0)
  })

  it('passes an offer on when the bridge stays silent for too long', () => {
    matchmaker.register('a', 8, 0)
    matchmaker.register('b', 8, 7)
    offerTo(1)
    expect(matchmaker.nextDeadline()).toBe(3_000)
    expect(matchmaker.expire(2_999)).toEqual([])
    expect(matchmaker.expire(3_000)).toEqual([
      { type: 'withdraw', attemptId: 1, bridgeId: 'a' },
      { type: 'deliver', offerId: 1, attemptId: 2, bridgeId: 'b' },
    ])
    expect(matchmaker.nextDeadline()).toBe(6_000)
  })

  it('offers nothing to a silent bridge until it says something', () => {
    matchmaker.register('a', 8, 0)
    offerTo(1)
    matchmaker.expire(3_000)
    expect(offerTo(2)).toBeUndefined()
    // Too late to be of use, but a sign of life.
    expect(matchmaker.answer('a', 1, 3_500)).toEqual([])
    expect(offerTo(3)).toBe('a')
  })

  it('asks a bounded number of bridges', () => {
    for (const id of ['a', 'b', 'c', 'd']) matchmaker.register(id, 8, 0)
    offerTo(1)
    const outcomes = [3_000, 6_000, 9_000].map((now) => matchmaker.expire(now).at(-1)?.type)
    expect(outcomes).toEqual(['deliver', 'deliver', 'refused'])
  })

  it('takes one answer, from the bridge that was asked', () => {
    matchmaker.register('a', 8, 0)
    matchmaker.register('b', 8, 0)
    offerTo(1)
    expect(matchmaker.answer('b', 1, 0)).toEqual([])
    expect(matchmaker.answer('a', 1, 0)).toHaveLength(1)
    expect(matchmaker.answer('a', 1, 0)).toEqual([])
  })

  it('tells the bridge of a client that cancels, before its answer and after', () => {
    matchmaker.register('a', 8, 0)
    offerTo(1)
    expect(matchmaker.cancel(1)).toContainEqual({ type: 'withdraw', attemptId: 1, bridgeId: 'a' })
    offerTo(2)
    matchmaker.answer('a', 2, 0)
    expect(matchmaker.cancel(2)).toContainEqual({ type: 'withdraw', attemptId: 2, bridgeId: 'a' })
    expect(matchmaker.cancel(2)).toEqual([])
  })

  it('lets an answered offer stand when the client leaves', () => {
    matchmaker.register('a', 8, 0)
    offerTo(1)
    matchmaker.answer('a', 1, 0)
    expect(matchmaker.leave(1)).toEqual([{ type: 'ended', offerId: 1 }])
    offerTo(2)
    expect(matchmaker.leave(2)).toContainEqual({ type: 'withdraw', attemptId: 2, bridgeId: 'a' })
  })

  it('remembers a pairing for a while', () => {
    matchmaker.register('a', 8, 0)
    offerTo(1)
    matchmaker.answer('a', 1, 1_000)
    expect(matchmaker.offerOf('a', 1)).toEqual({ offerId: 1, paired: true })
    expect(matchmaker.offerOf('b', 1)).toBeUndefined()
    expect(matchmaker.expire(31_000)).toEqual([{ type: 'ended', offerId: 1 }])
    expect(matchmaker.offerOf('a', 1)).toBeUndefined()
    expect(matchmaker.nextDeadline()).toBeUndefined()
  })

  it('refuses offers over its cap and ends the oldest pairing over the other', () => {
    matchmaker = new Matchmaker({ ...OPTIONS, maxPendingOffers: 1, maxPairings: 1 })
    matchmaker.register('a', 8, 0)
    offerTo(1)
    expect(matchmaker.offer(2, ANYONE, 0)).toEqual([{ type: 'refused', offerId: 2, reason: 'limit' }])
    matchmaker.answer('a', 1, 0)
    offerTo(3)
    expect(matchmaker.answer('a', 2, 0)).toContainEqual({ type: 'ended', offerId: 1 })
  })

  it('applies further rules', () => {
    const rule = (bridge: { id: string }): boolean => bridge.id.startsWith('good')
    matchmaker = new Matchmaker({ ...OPTIONS, rules: [rule] })
    matchmaker.register('bad', 8, 0)
    matchmaker.register('good', 8, 7)
    expect(offerTo(1)).toBe('good')
  })
})
