import type { NatClass } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import type { BridgeFacts } from './match-facts.ts'
import { type MatchEvent, Matchmaker } from './matchmaker.ts'
import { EXPLORATION_SHARE } from './roster.ts'

const BRIDGES = 300
const CAPACITY = 16

/** A generator that gives the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A network in which bridges always answer and clients stay for a while. */
class Crowd {
  readonly random: () => number
  readonly matchmaker: Matchmaker
  readonly bridges = new Map<string, BridgeFacts>()
  readonly clients = new Map<string, number>()
  /** The bridge of each client. */
  readonly #present: string[] = []
  #offers = 0

  constructor(seed: number) {
    this.random = seeded(seed)
    this.matchmaker = new Matchmaker({
      random: this.random,
      answerTimeoutMs: 3_000,
      maxAttempts: 3,
      maxPendingOffers: 100,
      pairingLifetimeMs: 30_000,
      maxPairings: 100,
      lastResortMs: 600_000,
    })
  }

  add(bridge: Omit<BridgeFacts, 'id' | 'capacity'> = {}): string {
    const id = `bridge-${this.bridges.size}`
    this.bridges.set(id, { id, capacity: CAPACITY, ...bridge })
    this.clients.set(id, 0)
    this.matchmaker.register({ id, capacity: CAPACITY, ...bridge }, 0)
    return id
  }

  prove(bridgeId: string): void {
    this.matchmaker.learn(bridgeId, { subnet: 'anywhere', nat: 'unknown', type: 'worked' }, 0)
  }

  /** One client more. Gives back its bridge. */
  arrive(client: { nat?: NatClass; place?: string } = {}): BridgeFacts | undefined {
    this.#offers += 1
    const [event] = this.matchmaker.offer(this.#offers, { avoid: new Set(), ...client }, this.#offers)
    if (event?.type !== 'deliver') return undefined
    this.#answer(event)
    this.matchmaker.leave(event.offerId)
    const clients = (this.clients.get(event.bridgeId) ?? 0) + 1
    expect(clients).toBeLessThanOrEqual(CAPACITY)
    this.clients.set(event.bridgeId, clients)
    this.#present.push(event.bridgeId)
    return this.bridges.get(event.bridgeId)
  }

  /** One of the clients goes. */
  depart(): void {
    const [id] = this.#present.splice(Math.floor(this.random() * this.#present.length), 1)
    if (id === undefined) return
    const clients = (this.clients.get(id) ?? 0) - 1
    this.clients.set(id, clients)
    this.matchmaker.setLoad(id, clients)
  }

  #answer({ bridgeId, attemptId }: Extract<MatchEvent, { type: 'deliver' }>): void {
    this.matchmaker.answer(bridgeId, attemptId, this.#offers)
  }
}

describe.each([1, 2, 3])('a crowd (seed %i)', (seed) => {
  it('sends a tenth of the clients to bridges that are not proven yet', () => {
    const crowd = new Crowd(seed)
    const proven = new Set<string>()
    for (let i = 0; i < BRIDGES; i++) {
      const id = crowd.add()
      if (i % 2 === 0) {
        crowd.prove(id)
        proven.add(id)
      }
    }
    let explored = 0
    const arrivals = 5_000
    for (let i = 0; i < arrivals; i++) {
      const bridge = crowd.arrive()
      if (bridge && !proven.has(bridge.id)) explored += 1
      if (i > 500) crowd.depart()
    }
    // Six standard deviations of a fair draw.
    const tolerance = 6 * Math.sqrt((EXPLORATION_SHARE * (1 - EXPLORATION_SHARE)) / arrivals)
    expect(Math.abs(explored / arrivals - EXPLORATION_SHARE)).toBeLessThan(tolerance)
  })

  it('spreads the clients evenly over bridges and places', () => {
    const crowd = new Crowd(seed)
    for (let i = 0; i < BRIDGES; i++) crowd.add({ place: i % 10 === 0 ? 'rare' : 'common' })
    for (let i = 0; i < 4 * BRIDGES; i++) crowd.arrive()
    expect(Math.min(...crowd.clients.values())).toBeGreaterThanOrEqual(3)
    expect(Math.max(...crowd.clients.values())).toBeLessThanOrEqual(5)
  })

  it('has room left on open bridges for strict clients when three quarters of all places are taken', () => {
    const crowd = new Crowd(seed)
    const classes = ['open', 'restricted', 'restricted', 'restricted'] as const
    for (let i = 0; i < BRIDGES; i++) crowd.add({ nat: classes[i % 4] ?? 'open' })
    const nats = ['open', 'restricted', 'restricted'] as const
    for (let i = 0; i < (BRIDGES * CAPACITY * 3) / 4; i++) {
      const nat = nats[Math.floor(crowd.random() * 3)] ?? 'open'
      expect(crowd.arrive({ nat })).toBeDefined()
    }
    const load = (nat: NatClass): number =>
      [...crowd.bridges.values()]
        .filter((bridge) => bridge.nat === nat)
        .reduce((sum, { id }) => sum + (crowd.clients.get(id) ?? 0), 0)
    // A quarter of the bridges is open, and they stay a quarter emptier than the others: 9 clients each, not 12.
    expect(load('open') / (BRIDGES / 4)).toBeLessThan(10)
    expect(load('restricted') / ((BRIDGES * 3) / 4)).toBeLessThan(14)
    for (let i = 0; i < 300; i++) expect(crowd.arrive({ nat: 'strict' })?.nat).toBe('open')
  })

  it('never pairs a strict peer with any but an open one, nor two of one place', () => {
    const crowd = new Crowd(seed)
    const nats = ['open', 'restricted', 'strict'] as const
    const places = ['IR 1', 'IR 2', 'DE 1']
    const pick = <T>(items: readonly T[]): T => items[Math.floor(crowd.random() * items.length)] as T
    for (let i = 0; i < BRIDGES; i++) crowd.add({ nat: pick(nats), place: pick(places) })
    for (let i = 0; i < 2_000; i++) {
      const client = { nat: pick(nats), place: pick(places) }
      const bridge = crowd.arrive(client)
      if (!bridge) continue
      if (client.nat === 'strict') expect(bridge.nat).toBe('open')
      if (bridge.nat === 'strict') expect(client.nat).toBe('open')
      expect(bridge.place).not.toBe(client.place)
      if (crowd.random() < 0.5) crowd.depart()
    }
  })
})
