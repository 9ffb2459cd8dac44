import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { BridgeFacts, OfferFacts } from './match-facts.ts'
import { type MatchEvent, Matchmaker } from './matchmaker.ts'

const MAX_ATTEMPTS = 3
const MAX_PENDING_OFFERS = 5
const MAX_PAIRINGS = 5
const LAST_RESORT_MS = 8_000

const nat = fc.constantFrom(undefined, 'open' as const, 'restricted' as const, 'strict' as const)
const place = fc.constantFrom(undefined, 'here', 'there')
const pool = fc.constantFrom(undefined, undefined, 'private')
const peer = { nat, place, pool }

/** What happens to a matchmaker, in any order. Numbers choose among what has existed up to then, gone or not. */
const step = fc.oneof(
  fc.record({ type: fc.constant('register' as const), capacity: fc.integer({ min: 0, max: 3 }), ...peer }),
  fc.record({ type: fc.constant('unregister' as const), bridge: fc.nat() }),
  fc.record({
    type: fc.constant('letGo' as const),
    bridge: fc.nat(),
    capacity: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  }),
  fc.record({
    type: fc.constant('offer' as const),
    avoid: fc.array(fc.nat(), { maxLength: 3 }),
    bridge: fc.option(fc.nat(), { nil: undefined, freq: 2 }),
    isConnected: fc.boolean(),
    ...peer,
  }),
  fc.record({
    type: fc.constant('learn' as const),
    bridge: fc.nat(),
    subnet: fc.constantFrom('1', '2', '3', '4'),
    result: fc.constantFrom('worked' as const, 'broke' as const, 'failed' as const),
  }),
  fc.record({ type: fc.constant('report' as const), bridges: fc.array(fc.nat(), { maxLength: 3 }) }),
  fc.record({ type: fc.constantFrom('answer' as const, 'decline' as const), attempt: fc.nat() }),
  fc.record({ type: fc.constantFrom('cancel' as const, 'leave' as const), offer: fc.nat() }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.nat(5_000) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface ModelBridge extends Omit<BridgeFacts, 'id'> {
  capacity: number
  clients: number
  readonly pending: Set<number>
  isSilent: boolean
  /** Until when it is the last resort. */
  faultyUntil: number
}

/** Drives a matchmaker as its driver would, and checks every event against a model of the bridges and offers. */
class World {
  readonly #matchmaker = new Matchmaker({
    random: () => 0.5,
    answerTimeoutMs: 3_000,
    maxAttempts: MAX_ATTEMPTS,
    maxPendingOffers: MAX_PENDING_OFFERS,
    pairingLifetimeMs: 10_000,
    maxPairings: MAX_PAIRINGS,
    lastResortMs: LAST_RESORT_MS,
  })
  readonly #bridges = new Map<string, ModelBridge>()
  readonly #deliveries: Extract<MatchEvent, { type: 'deliver' }>[] = []
  readonly #facts = new Map<number, OfferFacts>()
  readonly outcomes = new Map<number, string>()
  #now = 0
  #registered = 0
  offers = 0

  run(step: Step): void {
    for (const event of this.#act(step)) this.#check(event, step)
    const pending = [...this.#bridges.values()].reduce((sum, bridge) => sum + bridge.pending.size, 0)
    expect(pending).toBeLessThanOrEqual(MAX_PENDING_OFFERS)
  }

  /** Lets every deadline pass, with nobody answering any more. */
  finish(): void {
    for (;;) {
      const deadline = this.#matchmaker.nextDeadline()
      if (deadline === undefined) return
      this.run({ type: 'wait', ms: Math.max(0, deadline - this.#now) })
    }
  }

  #act(step: Step): MatchEvent[] {
    switch (step.type) {
      case 'register':
        this.#bridges.set(`bridge-${this.#registered}`, {
          ...step,
          clients: 0,
          pending: new Set(),
          isSilent: false,
          faultyUntil: 0,
        })
        this.#matchmaker.register({ ...step, id: `bridge-${this.#registered++}` }, 0)
        return []
      case 'unregister':
        this.#bridges.delete(this.#bridgeId(step.bridge))
        return this.#matchmaker.unregister(this.#bridgeId(step.bridge), this.#now)
      case 'letGo':
        return this.#letGo(this.#bridgeId(step.bridge), step.capacity)
      case 'offer': {
        const facts = {
          ...step,
          avoid: new Set(step.avoid.map((bridge) => this.#bridgeId(bridge))),
          bridge: step.bridge === undefined ? undefined : this.#bridgeId(step.bridge),
        }
        this.#facts.set(++this.offers, facts)
        return this.#matchmaker.offer(this.offers, facts, this.#now)
      }
      case 'learn':
        // Of clients without a class, so that the bridges keep theirs.
        this.#matchmaker.learn(
          this.#bridgeId(step.bridge),
          { subnet: step.subnet, nat: 'unknown', type: step.result },
          this.#now,
        )
        return []
      case 'report':
        return this.#report(step.bridges.map((bridge) => this.#bridgeId(bridge)))
      case 'answer':
      case 'decline': {
        const delivery = this.#deliveries[step.attempt % this.#deliveries.length]
        if (!delivery) return []
        this.#hear(delivery.bridgeId)
        if (step.type === 'decline') this.#bridges.get(delivery.bridgeId)?.pending.delete(delivery.attemptId)
        return this.#matchmaker[step.type](delivery.bridgeId, delivery.attemptId, this.#now)
      }
      case 'cancel':
      case 'leave':
        return this.#matchmaker[step.type](step.offer % (this.offers + 1))
      case 'wait':
        this.#now += step.ms
        return this.#matchmaker.expire(this.#now)
    }
  }

  #report(bridgeIds: string[]): MatchEvent[] {
    this.#matchmaker.report(bridgeIds, this.#now)
    for (const id of bridgeIds) {
      const bridge = this.#bridges.get(id)
      if (bridge) bridge.faultyUntil = this.#now + LAST_RESORT_MS
    }
    return []
  }

  #letGo(bridgeId: string, capacity?: number): MatchEvent[] {
    const bridge = this.#hear(bridgeId)
    if (bridge) bridge.clients = Math.max(0, bridge.clients - 1)
    if (bridge && capacity !== undefined) bridge.capacity = capacity
    this.#matchmaker.setLoad(bridgeId, bridge?.clients ?? 0, capacity)
    return []
  }

  #hear(bridgeId: string): ModelBridge | undefined {
    const bridge = this.#bridges.get(bridgeId)
    if (bridge) bridge.isSilent = false
    return bridge
  }

  #bridgeId(choice: number): string {
    return `bridge-${choice % (this.#registered + 1)}`
  }

  #check(event: MatchEvent, step: Step): void {
    const bridge = 'bridgeId' in event ? this.#bridges.get(event.bridgeId) : undefined
    switch (event.type) {
      case 'deliver':
        this.#checkDelivery(event, bridge)
        break
      case 'withdraw':
        bridge?.pending.delete(event.attemptId)
        if (bridge && step.type === 'wait') bridge.isSilent = true
        break
      case 'answered': {
        const attempt = this.#deliveries.findLast(({ offerId }) => offerId === event.offerId)
        expect(attempt?.bridgeId, 'answered by the bridge that was asked last').toBe(event.bridgeId)
        bridge?.pending.delete(attempt?.attemptId ?? 0)
        if (bridge) bridge.clients += 1
        this.#settle(event.offerId, 'answered')
        break
      }
      case 'refused':
        if (event.reason === 'no-bridge')
          expect(this.#candidates(event.offerId), 'refused in vain').toEqual([])
        this.#settle(event.offerId, 'refused')
        break
      case 'ended':
        if (this.outcomes.get(event.offerId) === 'answered')
          this.outcomes.set(event.offerId, 'answered, ended')
        else this.#settle(event.offerId, 'cancelled')
    }
  }

  #checkDelivery(event: Extract<MatchEvent, { type: 'deliver' }>, bridge: ModelBridge | undefined): void {
    const { offerId, attemptId } = event
    expect(this.outcomes.has(offerId), 'delivered after its outcome').toBe(false)
    const candidates = this.#candidates(offerId)
    if (!bridge) throw new Error('delivered to a bridge that left')
    expect(candidates, 'delivered to a bridge that it must not go to').toContain(bridge)
    if (this.#isFaulty(bridge) && !this.#mostAreFaulty) {
      expect(candidates.every((other) => this.#isFaulty(other))).toBe(true)
    }
    bridge.pending.add(attemptId)
    expect(bridge.clients + bridge.pending.size, 'clients').toBeLessThanOrEqual(bridge.capacity)
    this.#deliveries.push(event)
  }

  /** Bridges that may be asked to take the offer now. */
  #candidates(offerId: number): ModelBridge[] {
    const facts: OfferFacts = this.#facts.get(offerId) ?? { avoid: new Set() }
    const { avoid, bridge } = facts
    const asked = this.#deliveries.filter((delivery) => delivery.offerId === offerId)
    if (asked.length >= (bridge === undefined ? MAX_ATTEMPTS : 1)) return []
    return [...this.#bridges]
      .filter(([id]) => (bridge === undefined ? !avoid.has(id) : id === bridge))
      .filter(([id]) => !asked.some((delivery) => delivery.bridgeId === id))
      .map(([, candidate]) => candidate)
      .filter((candidate) => candidate.pool === facts.pool)
      .filter((candidate) => bridge !== undefined || mayMeet(candidate, facts))
      .filter(({ capacity, clients, pending, isSilent }) => !isSilent && clients + pending.size < capacity)
  }

  get #mostAreFaulty(): boolean {
    const bridges = [...this.#bridges.values()]
    return 2 * bridges.filter((bridge) => this.#isFaulty(bridge)).length > bridges.length
  }

  #isFaulty(bridge: ModelBridge): boolean {
    return bridge.faultyUntil > this.#now
  }

  #settle(offerId: number, outcome: string): void {
    expect(this.outcomes.get(offerId), 'outcome before').toBeUndefined()
    this.outcomes.set(offerId, outcome)
  }
}

/** Written down once more, the other way around. */
function mayMeet(bridge: ModelBridge, client: OfferFacts): boolean {
  const classes = new Set([bridge.nat, client.nat])
  if (classes.has('strict') && (classes.has('restricted') || classes.size === 1)) return false
  return bridge.place === undefined || bridge.place !== client.place
}

it('keeps bridges within their capacity and gives every offer one outcome, whatever happens', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const world = new World()
      for (const one of steps) world.run(one)
      world.finish()
      expect(world.outcomes.size).toBe(world.offers)
      for (const outcome of world.outcomes.values()) seen.add(outcome)
    }),
    { numRuns: 300 },
  )
  expect(seen).toEqual(new Set(['answered, ended', 'refused', 'cancelled']))
})
