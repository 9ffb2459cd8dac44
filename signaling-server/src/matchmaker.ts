import type { NatClass } from '@footbridge/shared'
import { FifoMap } from './fifo-map.ts'
import type { BridgeFacts, KnownNat, OfferFacts } from './match-facts.ts'
import type { Room } from './pool.ts'
import { type ListedBridge, Roster, type RosterOptions } from './roster.ts'
import type { PairingResult } from './track-record.ts'

export interface MatchmakerOptions extends RosterOptions {
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
}

/** From this share of the offers that may be pending on, those of clients that are connected already are refused. */
const BUSY_SHARE = 3 / 4

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

interface Bridge extends ListedBridge {
  /** Attempts not answered yet. */
  readonly pending: Set<Attempt>
}

interface Search {
  readonly facts: OfferFacts
  /** Ids of the bridges asked so far. At most `maxAttempts`. */
  readonly asked: Set<string>
}

/** One time that one bridge is asked to take one offer. */
interface Attempt {
  readonly id: number
  readonly offerId: number
  /** What for, until it is answered: then nobody else will be asked. */
  search: Search | undefined
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
  readonly #roster: Roster<Bridge>
  /** The latest attempt of each offer that is pending or paired. */
  readonly #attempts = new Map<number, Attempt>()
  // By attempt id. All entries of one map live equally long, so the first to end is the oldest.
  readonly #pending = new FifoMap<number, Attempt>()
  readonly #paired = new FifoMap<number, Attempt>()
  #lastAttemptId = 0

  constructor(options: MatchmakerOptions) {
    this.#options = options
    this.#roster = new Roster(options)
  }

  get bridgeCount(): number {
    return this.#roster.size
  }

  /** Room in each pool, the public one under `undefined`. */
  summary(): ReadonlyMap<string | undefined, Room> {
    return this.#roster.room
  }

  /** Room in one pool; `undefined` if no bridge serves it. */
  roomOf(pool: string | undefined): Room | undefined {
    return this.#roster.roomOf(pool)
  }

  /** Offers that wait for an answer. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /** How many of the bridges have a client. Looks at each. */
  get busyCount(): number {
    let count = 0
    for (const { load } of this.#roster.bridges()) if (load > 0) count += 1
    return count
  }

  /** Lists a bridge, of which `load` places are taken already. The number of bridges is bounded by that of sockets. */
  register(facts: BridgeFacts, load: number): void {
    this.#roster.add({ ...facts, load, pending: new Set(), silent: false })
  }

  /** The bridge is gone: whoever waits for its answer is passed on at once. */
  unregister(bridgeId: string, now: number): MatchEvent[] {
    const bridge = this.#roster.get(bridgeId)
    if (!bridge) return []
    this.#roster.delete(bridge)
    return [...bridge.pending].flatMap((attempt) => this.#passOn(attempt, now))
  }

  /** The bridge tells how many clients it has answered and not let go, and how many it takes from now on. */
  setLoad(bridgeId: string, clients: number, capacity?: number): void {
    const bridge = this.#heard(bridgeId)
    if (!bridge) return
    bridge.load = clients
    if (capacity !== undefined) this.#roster.setCapacity(bridge, capacity)
    this.#roster.update(bridge)
  }

  /** What is known by now of the NAT of a bridge. */
  natOf(bridgeId: string): KnownNat {
    return this.#roster.natOf(bridgeId)
  }

  /** The bridge tells, or shows, of which class its NAT is. */
  setNat(bridgeId: string, nat: NatClass): void {
    this.#roster.setNat(bridgeId, nat)
  }

  /** A client says that these bridges corrupted or swallowed packets. */
  report(bridgeIds: readonly string[], now: number): void {
    this.#roster.report(bridgeIds, now)
  }

  /** The egress has seen what came of a pairing with this bridge. */
  learn(bridgeId: string, result: PairingResult, now: number): void {
    this.#roster.learn(bridgeId, result, now)
  }

  /** `offerId` must be new. */
  offer(offerId: number, facts: OfferFacts, now: number): MatchEvent[] {
    if (this.#sheds(facts)) return [{ type: 'refused', offerId, reason: 'limit' }]
    return this.#ask(offerId, { facts, asked: new Set() }, now)
  }

  /** The bridge takes the offer. Nothing comes of an answer that is late, repeated or somebody else's. */
  answer(bridgeId: string, attemptId: number, now: number): MatchEvent[] {
    const bridge = this.#heard(bridgeId)
    const attempt = this.#pending.get(attemptId)
    if (!bridge || attempt?.bridge !== bridge) return []
    this.#pending.delete(attemptId)
    // Its next `load` will say the same; until then nobody else must get the place.
    bridge.load += 1
    this.#release(attempt)
    attempt.search = undefined
    attempt.deadline = now + this.#options.pairingLifetimeMs
    this.#paired.add(attemptId, attempt)
    return [{ type: 'answered', offerId: attempt.offerId, bridgeId }, ...this.#endSurplusPairing()]
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
    for (let attempt = this.#paired.oldest; attempt; attempt = this.#paired.oldest) {
      if (attempt.deadline > now) break
      events.push(this.#end(attempt))
    }
    for (let attempt = this.#pending.oldest; attempt; attempt = this.#pending.oldest) {
      if (attempt.deadline > now) break
      attempt.bridge.silent = true
      events.push(withdraw(attempt), ...this.#passOn(attempt, now))
    }
    return events
  }

  /** When `expire` next has something to do. */
  nextDeadline(): number | undefined {
    const pending = this.#pending.oldest
    const paired = this.#paired.oldest
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
    return { offerId: attempt.offerId, paired: this.#paired.has(attemptId) }
  }

  /** In need those are refused who are connected: the others have nothing else. */
  #sheds({ pool, isConnected = false }: OfferFacts): boolean {
    const { maxPendingOffers } = this.#options
    if (this.#pending.size >= maxPendingOffers) return true
    const isBusy = this.#pending.size >= BUSY_SHARE * maxPendingOffers
    return isConnected && (isBusy || this.#roster.isScarce(pool))
  }

  #ask(offerId: number, search: Search, now: number): MatchEvent[] {
    const { facts, asked } = search
    const attempts = facts.bridge === undefined ? this.#options.maxAttempts : 1
    const bridge = asked.size < attempts ? this.#roster.choose(facts, asked, now) : undefined
    if (!bridge) return [{ type: 'refused', offerId, reason: 'no-bridge' }]
    this.#lastAttemptId += 1
    const attempt: Attempt = {
      id: this.#lastAttemptId,
      offerId,
      search,
      bridge,
      deadline: now + this.#options.answerTimeoutMs,
    }
    asked.add(bridge.id)
    this.#attempts.set(offerId, attempt)
    this.#pending.add(attempt.id, attempt)
    bridge.pending.add(attempt)
    this.#roster.update(bridge)
    return [{ type: 'deliver', offerId, attemptId: attempt.id, bridgeId: bridge.id }]
  }

  #passOn(attempt: Attempt, now: number): MatchEvent[] {
    this.#forget(attempt)
    const { search, offerId } = attempt
    return search ? this.#ask(offerId, search, now) : [{ type: 'ended', offerId }]
  }

  #end(attempt: Attempt): MatchEvent {
    this.#forget(attempt)
    return { type: 'ended', offerId: attempt.offerId }
  }

  #endSurplusPairing(): MatchEvent[] {
    const { oldest } = this.#paired
    return oldest && this.#paired.size > this.#options.maxPairings ? [this.#end(oldest)] : []
  }

  /** Gives the place that a pending attempt took back to its bridge. One that was answered is the bridge's to give. */
  #forget(attempt: Attempt): void {
    this.#attempts.delete(attempt.offerId)
    this.#pending.delete(attempt.id)
    this.#paired.delete(attempt.id)
    this.#release(attempt)
  }

  #release(attempt: Attempt): void {
    attempt.bridge.pending.delete(attempt)
    this.#roster.update(attempt.bridge)
  }

  #heard(bridgeId: string): Bridge | undefined {
    const bridge = this.#roster.get(bridgeId)
    if (bridge?.silent) {
      bridge.silent = false
      this.#roster.update(bridge)
    }
    return bridge
  }
}

function withdraw({ id, bridge }: Attempt): MatchEvent {
  return { type: 'withdraw', attemptId: id, bridgeId: bridge.id }
}
