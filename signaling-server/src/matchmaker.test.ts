import type { NatClass } from '@footbridge/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import { Matchmaker, type MatchmakerOptions } from './matchmaker.ts'
import type { PairingResult } from './track-record.ts'

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

  it('sends nobody more to a bridge that helps more people than it wants to now, until it has room again', () => {
    matchmaker.register({ id: 'a', capacity: 8 }, 3)
    matchmaker.setLoad('a', 3, 2)
    expect(offerTo(1)).toBeUndefined()
    matchmaker.setLoad('a', 2)
    expect(offerTo(2)).toBeUndefined()
    matchmaker.setLoad('a', 1)
    expect(offerTo(3)).toBe('a')
    matchmaker.setLoad('a', 1, 8)
    expect(matchmaker.roomOf(undefined)).toMatchObject({ places: 8, free: { unknown: 6 } })
    matchmaker.unregister('a', 0)
    expect(matchmaker.roomOf(undefined)).toBeUndefined()
    matchmaker.register({ id: 'b', capacity: 1 }, 0)
    expect(matchmaker.roomOf(undefined)).toMatchObject({ places: 1 })
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

  describe('with NAT classes', () => {
    /** The bridge that a client of this class gets. */
    const bridgeFor = (nat: NatClass | undefined, offerId = 1): string | undefined => {
      matchmaker.offer(offerId, { ...ANYONE, nat }, 0)
      return matchmaker.holderOf(offerId)?.bridgeId
    }

    it('has strict clients meet open bridges, and those that may be, after them', () => {
      matchmaker.register({ id: 'restricted', capacity: 8, nat: 'restricted' }, 0)
      matchmaker.register({ id: 'strict', capacity: 8, nat: 'strict' }, 0)
      expect(bridgeFor('strict')).toBeUndefined()
      matchmaker.register({ id: 'unknown', capacity: 8 }, 0)
      expect(bridgeFor('strict', 2)).toBe('unknown')
      matchmaker.register({ id: 'open', capacity: 8, nat: 'open' }, 7)
      expect(bridgeFor('strict', 3)).toBe('open')
    })

    it('never has restricted clients meet strict bridges, but open ones and, at the last, unknown ones', () => {
      matchmaker.register({ id: 'strict', capacity: 8, nat: 'strict' }, 0)
      expect(bridgeFor('restricted')).toBeUndefined()
      expect(bridgeFor('open', 2)).toBe('strict')
      expect(bridgeFor(undefined, 3)).toBe('strict')
      matchmaker.register({ id: 'unknown', capacity: 8 }, 7)
      expect(bridgeFor(undefined, 4)).toBe('unknown')
    })

    it('keeps open bridges while others are nearly as empty, and no longer', () => {
      matchmaker.register({ id: 'open', capacity: 16, nat: 'open' }, 0)
      matchmaker.register({ id: 'restricted', capacity: 16, nat: 'restricted' }, 3)
      for (const nat of ['open', 'restricted', undefined] as const) {
        matchmaker.setLoad('restricted', 3)
        expect(bridgeFor(nat, 1)).toBe('restricted')
        matchmaker.cancel(1)
        matchmaker.setLoad('restricted', 5)
        expect(bridgeFor(nat, 2)).toBe('open')
        matchmaker.cancel(2)
      }
    })

    it('learns them from what came of pairings', () => {
      matchmaker.register({ id: 'a', capacity: 8 }, 0)
      expect(bridgeFor('strict', 1)).toBe('a')
      for (const subnet of ['1', '2', '3']) {
        matchmaker.learn('a', { subnet, nat: 'strict', type: 'failed' }, 0)
      }
      expect(bridgeFor('strict', 2)).toBeUndefined()
      expect(bridgeFor('restricted', 3)).toBe('a')
      expect(matchmaker.summary().get(undefined)).toMatchObject({ free: { restricted: 6, unknown: 0 } })
    })
  })

  describe('with places', () => {
    it('never has two meet who are in the same country and network', () => {
      for (let i = 0; i < 100; i++) matchmaker.register({ id: `near ${i}`, capacity: 8, place: 'IR 1' }, 0)
      matchmaker.offer(1, { ...ANYONE, place: 'IR 1' }, 0)
      expect(matchmaker.holderOf(1)).toBeUndefined()
      matchmaker.register({ id: 'far', capacity: 8, place: 'IR 2' }, 7)
      matchmaker.offer(2, { ...ANYONE, place: 'IR 1' }, 0)
      expect(matchmaker.holderOf(2)?.bridgeId).toBe('far')
    })

    it('excludes nobody whose place is unknown', () => {
      matchmaker.register({ id: 'somewhere', capacity: 8 }, 0)
      for (const [offerId, place] of [[1, undefined] as const, [2, 'IR 1'] as const]) {
        matchmaker.offer(offerId, { ...ANYONE, place }, 0)
        expect(matchmaker.holderOf(offerId)?.bridgeId).toBe('somewhere')
      }
    })
  })

  describe('with pools', () => {
    const offerIn = (offerId: number, pool: string | undefined, bridge?: string): string | undefined => {
      matchmaker.offer(offerId, { ...ANYONE, pool, bridge }, 0)
      return matchmaker.holderOf(offerId)?.bridgeId
    }

    it('gives each client a bridge of its pool or none, even one that it names', () => {
      matchmaker.register({ id: 'private', capacity: 8, pool: 'p' }, 0)
      expect(offerIn(1, undefined)).toBeUndefined()
      expect(offerIn(2, 'q')).toBeUndefined()
      expect(offerIn(3, undefined, 'private')).toBeUndefined()
      expect(offerIn(4, 'p', 'private')).toBe('private')
      matchmaker.register({ id: 'public', capacity: 8 }, 0)
      expect(offerIn(5, 'p')).toBe('private')
      expect(offerIn(6, undefined)).toBe('public')
      expect(offerIn(7, 'p', 'public')).toBeUndefined()
    })

    it('counts the free places of each', () => {
      matchmaker.register({ id: 'private', capacity: 8, pool: 'p', nat: 'open' }, 1)
      matchmaker.register({ id: 'public', capacity: 4 }, 0)
      offerIn(1, 'p')
      const none = { open: 0, restricted: 0, strict: 0, unknown: 0 }
      expect([...matchmaker.summary()]).toEqual([
        ['p', { free: { ...none, open: 6 }, places: 8 }],
        [undefined, { free: { ...none, unknown: 4 }, places: 4 }],
      ])
      for (const id of ['private', 'public']) matchmaker.unregister(id, 0)
      expect(matchmaker.summary().size).toBe(0)
    })
  })

  describe('that hears from the egress', () => {
    const learn = (bridgeId: string, type: PairingResult['type'], subnets: number, now = 0): void => {
      for (let subnet = 0; subnet < subnets; subnet++) {
        matchmaker.learn(bridgeId, { subnet: String(subnet), nat: 'unknown', type }, now)
      }
    }

    beforeEach(() => {
      // Nothing is explored.
      matchmaker = new Matchmaker({ ...OPTIONS, random: () => 0.5 })
    })

    it('prefers bridges that work until half their places are taken', () => {
      matchmaker.register({ id: 'proven', capacity: 16 }, 7)
      matchmaker.register({ id: 'new', capacity: 16 }, 0)
      learn('proven', 'worked', 1)
      expect(offerTo(1)).toBe('proven')
      matchmaker.setLoad('proven', 9)
      expect(offerTo(2)).toBe('new')
    })

    it('ranks poor bridges behind, excludes none, and gives each a fresh start in the end', () => {
      matchmaker.register({ id: 'poor', capacity: 16 }, 0)
      matchmaker.register({ id: 'new', capacity: 16 }, 3)
      learn('poor', 'broke', 3)
      expect(offerTo(1)).toBe('new')
      expect(offerTo(2, ['new'])).toBe('poor')
      learn('poor', 'broke', 3, 300_000)
      expect(offerTo(3, [], 599_999)).toBe('new')
      expect(offerTo(4, [], 600_000)).toBe('poor')
    })

    it('takes no notice of bridges that have left', () => {
      learn('gone', 'failed', 9)
      expect(matchmaker.bridgeCount).toBe(0)
    })
  })

  describe('in need', () => {
    it('refuses those who are connected already when nearly all places are taken, and nobody else', () => {
      matchmaker.register({ id: 'a', capacity: 40 }, 39)
      const connected = { avoid: new Set(['b']), isConnected: true }
      expect(matchmaker.offer(1, connected, 0)).toEqual([{ type: 'refused', offerId: 1, reason: 'limit' }])
      expect(offerTo(2)).toBe('a')
      matchmaker.setLoad('a', 35)
      expect(matchmaker.offer(3, connected, 0)).toMatchObject([{ type: 'deliver' }])
    })

    it('does not believe in need because a few bridges say that they are huge and full', () => {
      for (let i = 0; i < 8; i++) matchmaker.register({ id: `honest ${i}`, capacity: 8 }, 0)
      for (let i = 0; i < 8; i++) matchmaker.register({ id: `liar ${i}`, capacity: 1_024 }, 1_024)
      expect(matchmaker.offer(1, { ...ANYONE, isConnected: true }, 0)).toMatchObject([{ type: 'deliver' }])
    })

    it('refuses them when three quarters of the offers that may be pending are', () => {
      matchmaker = new Matchmaker({ ...OPTIONS, maxPendingOffers: 4 })
      matchmaker.register({ id: 'a', capacity: 100 }, 0)
      for (const offerId of [1, 2, 3]) offerTo(offerId)
      const refusal = [{ type: 'refused', offerId: 4, reason: 'limit' }]
      expect(matchmaker.offer(4, { ...ANYONE, isConnected: true }, 0)).toEqual(refusal)
      expect(offerTo(5)).toBe('a')
    })
  })
})
