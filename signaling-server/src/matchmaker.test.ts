import { beforeEach, describe, expect, it } from 'vitest'
import { Matchmaker, type MatchmakerOptions } from './matchmaker.ts'

const OPTIONS: MatchmakerOptions = {
  random: () => 0,
  answerTimeoutMs: 3_000,
  maxAttempts: 3,
  maxPendingOffers: 100,
  pairingLifetimeMs: 30_000,
  maxPairings: 100,
  lastResortMs: 600_000,
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
    matchmaker.register({ id: 'busy', capacity: 8 }, 3)
    matchmaker.register({ id: 'idle', capacity: 8 }, 1)
    matchmaker.register({ id: 'full', capacity: 8 }, 8)
    expect(offerTo(1)).toBe('idle')
  })

  it('compares bridges by the share of their places that is taken', () => {
    matchmaker.register({ id: 'small', capacity: 2 }, 1)
    matchmaker.register({ id: 'large', capacity: 100 }, 10)
    expect(offerTo(1)).toBe('large')
  })

  it('counts offers that wait for an answer as load', () => {
    matchmaker.register({ id: 'a', capacity: 4 }, 0)
    matchmaker.register({ id: 'b', capacity: 4 }, 0)
    expect(new Set([offerTo(1), offerTo(2)])).toEqual(new Set(['a', 'b']))
  })

  it('breaks ties by the injected randomness', () => {
    const choices = [0, 0.4, 0.99].map((random) => {
      matchmaker = new Matchmaker({ ...OPTIONS, random: () => random })
      for (const id of ['a', 'b', 'c']) matchmaker.register({ id, capacity: 1 }, 0)
      return offerTo(1)
    })
    expect(choices).toEqual(['a', 'b', 'c'])
  })

  it('refuses when nobody has room, and offers again once somebody has', () => {
    matchmaker.register({ id: 'a', capacity: 1 }, 1)
    expect(matchmaker.offer(1, ANYONE, 0)).toEqual([{ type: 'refused', offerId: 1, reason: 'no-bridge' }])
    matchmaker.setLoad('a', 0)
    expect(offerTo(2)).toBe('a')
  })

  it('keeps a place for an answered client until the bridge lets go of it', () => {
    matchmaker.register({ id: 'a', capacity: 1 }, 0)
    offerTo(1)
    expect(matchmaker.answer('a', 1, 0)).toEqual([{ type: 'answered', offerId: 1, bridgeId: 'a' }])
    expect(offerTo(2)).toBeUndefined()
    matchmaker.setLoad('a', 0)
    expect(offerTo(3)).toBe('a')
  })

  it('never offers a bridge that the client avoids', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    expect(offerTo(1, ['a'])).toBeUndefined()
    matchmaker.register({ id: 'b', capacity: 8 }, 7)
    expect(offerTo(2, ['a'])).toBe('b')
  })

  it('passes a declined offer on to the next bridge', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    matchmaker.register({ id: 'b', capacity: 8 }, 1)
    offerTo(1)
    expect(matchmaker.decline('a', 1, 0)).toEqual([
      { type: 'deliver', offerId: 1, attemptId: 2, bridgeId: 'b' },
    ])
    expect(matchmaker.decline('b', 2, 0)).toEqual([{ type: 'refused', offerId: 1, reason: 'no-bridge' }])
  })

  it('passes the offers of a bridge that leaves on at once', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    matchmaker.register({ id: 'b', capacity: 8 }, 7)
    offerTo(1)
    expect(matchmaker.unregister('a', 0)).toEqual([
      { type: 'deliver', offerId: 1, attemptId: 2, bridgeId: 'b' },
    ])
    expect(matchmaker.unregister('b', 0)).toEqual([{ type: 'refused', offerId: 1, reason: 'no-bridge' }])
    expect(matchmaker.bridgeCount).toBe(0)
  })

  it('passes an offer on when the bridge stays silent for too long', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    matchmaker.register({ id: 'b', capacity: 8 }, 7)
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
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    offerTo(1)
    matchmaker.expire(3_000)
    expect(offerTo(2)).toBeUndefined()
    // Too late to be of use, but a sign of life.
    expect(matchmaker.answer('a', 1, 3_500)).toEqual([])
    expect(offerTo(3)).toBe('a')
  })

  it('asks a bounded number of bridges', () => {
    for (const id of ['a', 'b', 'c', 'd']) matchmaker.register({ id, capacity: 8 }, 0)
    offerTo(1)
    const outcomes = [3_000, 6_000, 9_000].map((now) => matchmaker.expire(now).at(-1)?.type)
    expect(outcomes).toEqual(['deliver', 'deliver', 'refused'])
  })

  it('takes one answer, from the bridge that was asked', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    matchmaker.register({ id: 'b', capacity: 8 }, 0)
    offerTo(1)
    expect(matchmaker.answer('b', 1, 0)).toEqual([])
    expect(matchmaker.answer('a', 1, 0)).toHaveLength(1)
    expect(matchmaker.answer('a', 1, 0)).toEqual([])
  })

  it('tells the bridge of a client that cancels, before its answer and after', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    offerTo(1)
    expect(matchmaker.cancel(1)).toContainEqual({ type: 'withdraw', attemptId: 1, bridgeId: 'a' })
    offerTo(2)
    matchmaker.answer('a', 2, 0)
    expect(matchmaker.cancel(2)).toContainEqual({ type: 'withdraw', attemptId: 2, bridgeId: 'a' })
    expect(matchmaker.cancel(2)).toEqual([])
  })

  it('lets an answered offer stand when the client leaves', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    offerTo(1)
    matchmaker.answer('a', 1, 0)
    expect(matchmaker.leave(1)).toEqual([{ type: 'ended', offerId: 1 }])
    offerTo(2)
    expect(matchmaker.leave(2)).toContainEqual({ type: 'withdraw', attemptId: 2, bridgeId: 'a' })
  })

  it('remembers a pairing for a while', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    offerTo(1)
    matchmaker.answer('a', 1, 1_000)
    expect(matchmaker.offerOf('a', 1)).toEqual({ offerId: 1, paired: true })
    expect(matchmaker.offerOf('b', 1)).toBeUndefined()
    expect(matchmaker.expire(31_000)).toEqual([{ type: 'ended', offerId: 1 }])
    expect(matchmaker.offerOf('a', 1)).toBeUndefined()
    expect(matchmaker.nextDeadline()).toBeUndefined()
  })

  describe('with an offer that names a bridge', () => {
    const toA = { avoid: new Set(['a']), bridge: 'a' }
    const refusal = [{ type: 'refused', offerId: 1, reason: 'no-bridge' }]

    beforeEach(() => {
      matchmaker.register({ id: 'b', capacity: 8 }, 0)
    })

    it('asks that one, even if it is avoided and others have more room', () => {
      matchmaker.register({ id: 'a', capacity: 8 }, 7)
      expect(matchmaker.offer(1, toA, 0)).toEqual([
        { type: 'deliver', offerId: 1, attemptId: 1, bridgeId: 'a' },
      ])
      expect(matchmaker.answer('a', 1, 0)).toEqual([{ type: 'answered', offerId: 1, bridgeId: 'a' }])
    })

    it('refuses at once when that one is not there, or is full', () => {
      expect(matchmaker.offer(1, toA, 0)).toEqual(refusal)
      matchmaker.register({ id: 'a', capacity: 1 }, 1)
      expect(matchmaker.offer(1, toA, 0)).toEqual(refusal)
    })

    it('refuses at once when that one is silent', () => {
      matchmaker.register({ id: 'a', capacity: 8 }, 0)
      offerTo(2, ['b'])
      matchmaker.expire(3_000)
      expect(matchmaker.offer(1, toA, 3_000)).toEqual(refusal)
    })

    it('asks no other when that one declines, leaves or keeps silent', () => {
      const ends = [
        () => matchmaker.decline('a', 1, 0),
        () => matchmaker.unregister('a', 0),
        () => matchmaker.expire(3_000).slice(1),
      ]
      for (const end of ends) {
        matchmaker = new Matchmaker(OPTIONS)
        for (const id of ['a', 'b']) matchmaker.register({ id, capacity: 8 }, 0)
        matchmaker.offer(1, toA, 0)
        expect(end()).toEqual(refusal)
      }
    })
  })

  describe('that hears of faulty bridges', () => {
    // Without room, so that nobody is sent there: those that are reported are to be the minority.
    beforeEach(() => {
      for (const id of ['bystander 1', 'bystander 2']) matchmaker.register({ id, capacity: 1 }, 1)
    })

    it('gives nobody what he wants who reports everybody but his own', () => {
      for (let bridge = 0; bridge < 20; bridge += 1)
        matchmaker.register({ id: `honest ${bridge}`, capacity: 8 }, 0)
      matchmaker.register({ id: 'hostile', capacity: 8 }, 0)
      matchmaker.report(
        Array.from({ length: 20 }, (_, bridge) => `honest ${bridge}`),
        0,
      )
      const asked = Array.from({ length: 40 }, (_, offerId) => offerTo(offerId + 1))
      expect(asked.filter((bridgeId) => bridgeId === 'hostile').length).toBeLessThan(5)
    })

    it('asks them only when nobody else has room', () => {
      matchmaker.register({ id: 'faulty', capacity: 8 }, 0)
      matchmaker.register({ id: 'busy', capacity: 8 }, 7)
      matchmaker.report(['faulty'], 0)
      expect(offerTo(1)).toBe('busy')
      expect(offerTo(2)).toBe('faulty')
    })

    it('goes on to them when the others decline, and to the least loaded of them first', () => {
      for (const [id, load] of [['a', 2] as const, ['b', 1] as const, ['c', 7] as const]) {
        matchmaker.register({ id, capacity: 8 }, load)
      }
      matchmaker.report(['a', 'b'], 0)
      expect(offerTo(1)).toBe('c')
      expect(matchmaker.decline('c', 1, 0)).toMatchObject([{ type: 'deliver', bridgeId: 'b' }])
      expect(matchmaker.decline('b', 2, 0)).toMatchObject([{ type: 'deliver', bridgeId: 'a' }])
    })

    it('asks one that an offer names', () => {
      for (const id of ['a', 'b']) matchmaker.register({ id, capacity: 8 }, 0)
      matchmaker.report(['a'], 0)
      matchmaker.offer(1, { ...ANYONE, bridge: 'a' }, 0)
      expect(matchmaker.holderOf(1)?.bridgeId).toBe('a')
    })

    it('forgives them some time after the last report', () => {
      matchmaker.register({ id: 'a', capacity: 8 }, 0)
      matchmaker.register({ id: 'b', capacity: 8 }, 0)
      matchmaker.register({ id: 'busy', capacity: 8 }, 4)
      matchmaker.report(['a', 'b'], 0)
      matchmaker.report(['a'], 1)
      expect(offerTo(1, [], 599_999)).toBe('busy')
      expect(offerTo(2, [], 600_000)).toBe('b')
      expect(offerTo(3, ['b'], 600_000)).toBe('busy')
      expect(offerTo(4, ['b'], 600_001)).toBe('a')
    })

    it('still counts what they tell of themselves, and begins anew when they register anew', () => {
      matchmaker.register({ id: 'faulty', capacity: 8 }, 0)
      matchmaker.register({ id: 'busy', capacity: 8 }, 4)
      matchmaker.report(['faulty'], 0)
      matchmaker.setLoad('faulty', 0)
      expect(offerTo(1)).toBe('busy')
      matchmaker.unregister('faulty', 0)
      matchmaker.register({ id: 'faulty', capacity: 8 }, 0)
      expect(offerTo(2)).toBe('faulty')
    })

    it('forgets a report with the bridge, and takes none about bridges that it does not know', () => {
      matchmaker.report(['a', 'constructor', ''], 0)
      matchmaker.register({ id: 'a', capacity: 8 }, 0)
      matchmaker.register({ id: 'busy', capacity: 8 }, 4)
      expect(offerTo(1)).toBe('a')
    })

    it('chooses as before when everybody is reported, however often', () => {
      for (const [id, load] of [['a', 2] as const, ['b', 1] as const, ['full', 8] as const]) {
        matchmaker.register({ id, capacity: 8 }, load)
      }
      for (let now = 0; now < 1_000; now++) matchmaker.report(['a', 'b', 'full', 'a'], now)
      expect(offerTo(1)).toBe('b')
      expect(offerTo(2, ['b'])).toBe('a')
      expect(offerTo(3, ['a', 'b'])).toBeUndefined()
      expect(matchmaker.bridgeCount).toBe(5)
    })
  })

  it('refuses offers over its cap and ends the oldest pairing over the other', () => {
    matchmaker = new Matchmaker({ ...OPTIONS, maxPendingOffers: 1, maxPairings: 1 })
    matchmaker.register({ id: 'a', capacity: 8 }, 0)
    offerTo(1)
    expect(matchmaker.offer(2, ANYONE, 0)).toEqual([{ type: 'refused', offerId: 2, reason: 'limit' }])
    matchmaker.answer('a', 1, 0)
    offerTo(3)
    expect(matchmaker.answer('a', 2, 0)).toContainEqual({ type: 'ended', offerId: 1 })
  })
})
