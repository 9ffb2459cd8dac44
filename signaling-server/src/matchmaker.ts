import { type BridgeFacts, MATCH_RULES, type MatchRule, type OfferFacts, Ranking } from './ranking.ts'

export interface MatchmakerOptions {
  /** Uniform in 0 to 1, 1 excluded. */
  readonly random: () => number
  /** Time a bridge has to answer before the next one is asked. */
  readonly answerTimeoutMs: number
  /** Bridges asked for one offer before it is refused. */
  readonly maxAttempts: number
  /** Offers that may wait for an answer at once. One more is refused. */
  readonly maxPendingOffers: number
  /** Time after an answer in which candidates and a cancel still pass between the two. */
  readonly pairingLifetimeMs: number
  /** Pairings remembered at once. For one more, the oldest ends. */
  readonly maxPairings: number
  /** Time for which a bridge that was reported as faulty is asked only when no other has room. */
  readonly lastResortMs: number
  readonly rules?: readonly MatchRule[]
}

/**
 * What the driver is to do. For each offer: `deliver` once per bridge asked, then `refused`, `ended` (cancelled)
 * or `answered`, and after `answered` one `ended`.
 */
export type MatchEvent =
  /** Pass the offer to the bridge, as this attempt. */
  | {
      readonly type: 'deliver'
      readonly offerId: number
      readonly attemptId: number
      readonly bridgeId: string
    }
  /** Tell the bridge that this attempt is over. */
  | { readonly type: 'withdraw'; readonly attemptId: number; readonly bridgeId: string }
  /** Pass the bridge's answer to the client. */
  | { readonly type: 'answered'; readonly offerId: number; readonly bridgeId: string }
  /** Tell the client that nobody takes its offer, and forget it. */
  | { readonly type: 'refused'; readonly offerId: number; readonly reason: 'no-bridge' | 'limit' }
  /** Forget the offer. */
  | { readonly type: 'ended'; readonly offerId: number }

interface Bridge extends BridgeFacts {
  /** Clients answered and not let go, as the bridge last told and we have counted since. */
  load: number
  /** Attempts not answered yet. */
  readonly pending: Set<Attempt>
  /** It let an offer pass in silence. It gets no more until it says something: it may be a ghost. */
  silent: boolean
}

interface Offer {
  readonly id: number
  readonly facts: OfferFacts
  /** Ids of the bridges asked so far. At most `maxAttempts`. */
  readonly asked: Set<string>
}

/** One time that one bridge is asked to take one offer. */
interface Attempt {
  readonly id: number
  readonly offer: Offer
  readonly bridge: Bridge
  /** By when it must be answered; once it is, until when the pairing lasts. */
  deadline: number
}

/**
 * Chooses the bridge for each offer and sees it through to one outcome. Does no I/O and owns no clock: `now` (any
 * monotonic milliseconds) and messages come in, what to do comes out.
 */
export class Matchmaker {
  readonly #options: MatchmakerOptions
  readonly #rules: readonly MatchRule[]
  readonly #bridges = new Map<string, Bridge>()
  readonly #ranking = new Ranking<Bridge>()
  /** Those reported as faulty, and until when that counts. The first to be forgiven is the first in the map. */
  readonly #faulty = new Map<Bridge, number>()
  /** The latest attempt of each offer that is pending or paired. */
  readonly #attempts = new Map<number, Attempt>()
  // By attempt id. All entries of one map live equally long, so the first to end is the first in the map.
  readonly #pending = new Map<number, Attempt>()
  readonly #paired = new Map<number, Attempt>()
  #lastAttemptId = 0

  constructor(options: MatchmakerOptions) {
    this.#options = options
    this.#rules = options.rules ?? MATCH_RULES
  }

  get bridgeCount(): number {
    return this.#bridges.size
  }

  /** How many of the bridges have a client. Looks at each. */
  get busyCount(): number {
    let count = 0
    for (const { load } of this.#bridges.values()) if (load > 0) count += 1
    return count
  }

  /** Lists a bridge, of which `load` places are taken already. The number of bridges is bounded by that of sockets. */
  register(bridgeId: string, capacity: number, load: number): void {
    const bridge: Bridge = { id: bridgeId, capacity, load, pending: new Set(), silent: false }
    this.#bridges.set(bridgeId, bridge)
    this.#rank(bridge)
  }

  /** The bridge is gone: whoever waits for its answer is passed on at once. */
  unregister(bridgeId: string, now: number): MatchEvent[] {
    const bridge = this.#bridges.get(bridgeId)
    if (!bridge) return []
    this.#bridges.delete(bridgeId)
    this.#ranking.remove(bridge)
    this.#faulty.delete(bridge)
    return [...bridge.pending].flatMap((attempt) => this.#passOn(attempt, now))
  }

  /** The bridge tells how many clients it has answered and not let go. */
  setLoad(bridgeId: string, clients: number): void {
    const bridge = this.#heard(bridgeId)
    if (!bridge) return
    bridge.load = clients
    this.#rank(bridge)
  }

  /**
   * A client says that these bridges corrupted or swallowed packets. For a while they are the last resort, but no less
   * than that, and not that while they are the majority: clients lie as well.
   */
  report(bridgeIds: readonly string[], now: number): void {
    for (const bridgeId of bridgeIds) {
      const bridge = this.#bridges.get(bridgeId)
      if (!bridge) continue
      // Anew, so that it moves to the end of the map.
      this.#faulty.delete(bridge)
      this.#faulty.set(bridge, now + this.#options.lastResortMs)
      this.#rank(bridge)
    }
  }

  /** `offerId` must be new. */
  offer(offerId: number, facts: OfferFacts, now: number): MatchEvent[] {
    if (this.#pending.size >= this.#options.maxPendingOffers) {
      return [{ type: 'refused', offerId, reason: 'limit' }]
    }
    return this.#ask({ id: offerId, facts, asked: new Set() }, now)
  }

  /** The bridge takes the offer. Nothing comes of an answer that is late, repeated or somebody else's. */
  answer(bridgeId: string, attemptId: number, now: number): MatchEvent[] {
    const bridge = this.#heard(bridgeId)
    const attempt = this.#pending.get(attemptId)
    if (!bridge || attempt?.bridge !== bridge) return []
    this.#pending.delete(attemptId)
    bridge.pending.delete(attempt)
    // Its next `load` will say the same; until then nobody else must get the place.
    bridge.load += 1
    this.#rank(bridge)
    attempt.deadline = now + this.#options.pairingLifetimeMs
    this.#paired.set(attemptId, attempt)
    return [{ type: 'answered', offerId: attempt.offer.id, bridgeId }, ...this.#endSurplusPairing()]
  }

  /** The bridge does not take the offer, or cannot serve it after all. */
  decline(bridgeId: string, attemptId: number, now: number): MatchEvent[] {
    const bridge = this.#heard(bridgeId)
    const attempt = this.#pending.get(attemptId) ?? this.#paired.get(attemptId)
    if (!bridge || attempt?.bridge !== bridge) return []
    return this.#paired.has(attemptId) ? [this.#end(attempt)] : this.#passOn(attempt, now)
  }

  /** The client no longer wants what it asked for, be it answered or not. */
  cancel(offerId: number): MatchEvent[] {
    const attempt = this.#attempts.get(offerId)
    return attempt ? [this.#end(attempt), withdraw(attempt)] : []
  }

  /** The client left. An answered offer stands: the two may be in touch by now. */
  leave(offerId: number): MatchEvent[] {
    const attempt = this.#attempts.get(offerId)
    return attempt && this.#paired.has(attempt.id) ? [this.#end(attempt)] : this.cancel(offerId)
  }

  /** Acts on every deadline that `now` has reached. */
  expire(now: number): MatchEvent[] {
    const events: MatchEvent[] = []
    for (const attempt of this.#paired.values()) {
      if (attempt.deadline > now) break
      events.push(this.#end(attempt))
    }
    for (const attempt of this.#pending.values()) {
      if (attempt.deadline > now) break
      attempt.bridge.silent = true
      events.push(withdraw(attempt), ...this.#passOn(attempt, now))
    }
    return events
  }

  /** When `expire` next has something to do. */
  nextDeadline(): number | undefined {
    const [pending] = this.#pending.values()
    const [paired] = this.#paired.values()
    if (!pending || !paired) return (pending ?? paired)?.deadline
    return Math.min(pending.deadline, paired.deadline)
  }

  /** Who has this offer, while it is pending or paired. */
  holderOf(
    offerId: number,
  ): { readonly attemptId: number; readonly bridgeId: string; readonly paired: boolean } | undefined {
    const attempt = this.#attempts.get(offerId)
    return (
      attempt && { attemptId: attempt.id, bridgeId: attempt.bridge.id, paired: this.#paired.has(attempt.id) }
    )
  }

  /** The offer that this bridge has been given as this attempt, while it is pending or paired. */
  offerOf(
    bridgeId: string,
    attemptId: number,
  ): { readonly offerId: number; readonly paired: boolean } | undefined {
    const attempt = this.#pending.get(attemptId) ?? this.#paired.get(attemptId)
    if (attempt?.bridge.id !== bridgeId) return undefined
    return { offerId: attempt.offer.id, paired: this.#paired.has(attemptId) }
  }

  #ask(offer: Offer, now: number): MatchEvent[] {
    this.#forgive(now)
    const bridge = this.#choose(offer)
    if (!bridge) return [{ type: 'refused', offerId: offer.id, reason: 'no-bridge' }]
    this.#lastAttemptId += 1
    const attempt: Attempt = {
      id: this.#lastAttemptId,
      offer,
      bridge,
      deadline: now + this.#options.answerTimeoutMs,
    }
    offer.asked.add(bridge.id)
    bridge.pending.add(attempt)
    this.#attempts.set(offer.id, attempt)
    this.#pending.set(attempt.id, attempt)
    this.#rank(bridge)
    return [{ type: 'deliver', offerId: offer.id, attemptId: attempt.id, bridgeId: bridge.id }]
  }

  #choose({ facts, asked }: Offer): Bridge | undefined {
    if (facts.bridge !== undefined) return asked.size === 0 ? this.#withRoom(facts.bridge) : undefined
    if (asked.size >= this.#options.maxAttempts) return undefined
    // More than half of all cannot be faulty: then somebody lies, to have clients come to bridges of his own.
    const apart = 2 * this.#faulty.size <= this.#bridges.size
    for (const bridge of this.#ranking.bestFirst(this.#options.random, { apart })) {
      if (!asked.has(bridge.id) && this.#rules.every((rule) => rule(bridge, facts))) return bridge
    }
    return undefined
  }

  #withRoom(bridgeId: string): Bridge | undefined {
    const bridge = this.#bridges.get(bridgeId)
    return bridge && this.#ranking.has(bridge) ? bridge : undefined
  }

  #forgive(now: number): void {
    for (const [bridge, until] of this.#faulty) {
      if (until > now) break
      this.#faulty.delete(bridge)
      this.#rank(bridge)
    }
  }

  #passOn(attempt: Attempt, now: number): MatchEvent[] {
    this.#forget(attempt)
    return this.#ask(attempt.offer, now)
  }

  #end(attempt: Attempt): MatchEvent {
    this.#forget(attempt)
    return { type: 'ended', offerId: attempt.offer.id }
  }

  #endSurplusPairing(): MatchEvent[] {
    const [oldest] = this.#paired.values()
    return oldest && this.#paired.size > this.#options.maxPairings ? [this.#end(oldest)] : []
  }

  /** Gives the place that a pending attempt took back to its bridge. One that was answered is the bridge's to give. */
  #forget(attempt: Attempt): void {
    this.#attempts.delete(attempt.offer.id)
    this.#pending.delete(attempt.id)
    this.#paired.delete(attempt.id)
    attempt.bridge.pending.delete(attempt)
    this.#rank(attempt.bridge)
  }

  #heard(bridgeId: string): Bridge | undefined {
    const bridge = this.#bridges.get(bridgeId)
    if (bridge?.silent) {
      bridge.silent = false
      this.#rank(bridge)
    }
    return bridge
  }

  #rank(bridge: Bridge): void {
    if (bridge.silent || !this.#bridges.has(bridge.id)) this.#ranking.remove(bridge)
    else this.#ranking.place(bridge, bridge.load + bridge.pending.size, this.#faulty.has(bridge))
  }
}

function withdraw({ id, bridge }: Attempt): MatchEvent {
  return { type: 'withdraw', attemptId: id, bridgeId: bridge.id }
}
