import type { NatClass } from '@footbridge/shared'
import { ExpiringSet } from './expiring-set.ts'
import type { BridgeFacts, KnownNat, OfferFacts } from './match-facts.ts'
import { Pool, type Room } from './pool.ts'
import type { Judgement, Search } from './ranking.ts'
import { type PairingResult, TrackRecord } from './track-record.ts'

export interface RosterOptions {
  /** Uniform in 0 to 1, 1 excluded. */
  readonly random: () => number
  /**
   * Time for which a bridge that was reported as faulty is asked only when no other has room, and after which one of
   * poor standing gets a fresh start.
   */
  readonly lastResortMs: number
  /** There are relays for pairs without a direct way. Default: none. */
  readonly relays?: boolean
}

/** Share of offers that try an unproven bridge first: so each gets its chance, and a bad one harms few. */
export const EXPLORATION_SHARE = 0.1

/** One bridge as it is listed. */
export interface ListedBridge extends BridgeFacts {
  capacity: number
  nat?: NatClass | undefined
  /** Clients answered and not let go, as the bridge last told and have been counted since. */
  load: number
  /** Whatever waits for its answer. */
  readonly pending: ReadonlySet<unknown>
  /** It let an offer pass in silence. It gets no more until it says something: it may be a ghost. */
  silent: boolean
}

interface Entry<B extends BridgeFacts> {
  readonly bridge: B
  readonly pool: Pool<B>
  record: TrackRecord | undefined
  judgement: Judgement
}

/** The bridges that wait, by pool, with what is known of them. Finds the best for an offer, whatever their number. */
export class Roster<B extends ListedBridge> {
  readonly #options: RosterOptions
  readonly #entries = new Map<string, Entry<B>>()
  /** By id, the public one without. None is empty. */
  readonly #pools = new Map<string | undefined, Pool<B>>()
  readonly #faulty: ExpiringSet<Entry<B>>
  readonly #poor: ExpiringSet<Entry<B>>

  constructor(options: RosterOptions) {
    this.#options = options
    this.#faulty = new ExpiringSet(options.lastResortMs)
    this.#poor = new ExpiringSet(options.lastResortMs)
  }

  get size(): number {
    return this.#entries.size
  }

  *bridges(): Generator<B, void, undefined> {
    for (const { bridge } of this.#entries.values()) yield bridge
  }

  /** Free places of each pool, the public one under `undefined`. */
  get room(): ReadonlyMap<string | undefined, Room> {
    return new Map([...this.#pools].map(([id, { room }]) => [id, room]))
  }

  roomOf(pool: string | undefined): Room | undefined {
    return this.#pools.get(pool)?.room
  }

  /** Whether nearly all places of a pool are taken. */
  isScarce(pool: string | undefined): boolean {
    return this.#pools.get(pool)?.isScarce === true
  }

  get(bridgeId: string): B | undefined {
    return this.#entries.get(bridgeId)?.bridge
  }

  add(bridge: B): void {
    const pool = this.#pools.get(bridge.pool) ?? new Pool<B>()
    this.#pools.set(bridge.pool, pool)
    pool.enter(bridge)
    const judgement = { nat: bridge.nat ?? 'unknown', standing: 'unproven', isFaulty: false } as const
    const entry = { bridge, pool, record: undefined, judgement }
    this.#entries.set(bridge.id, entry)
    rank(entry)
  }

  delete(bridge: B): void {
    const entry = this.#entries.get(bridge.id)
    if (!entry) return
    this.#entries.delete(bridge.id)
    this.#faulty.delete(entry)
    this.#poor.delete(entry)
    entry.pool.leave(bridge)
    if (entry.pool.isEmpty) this.#pools.delete(bridge.pool)
  }

  /** Ranks a bridge anew after it changed. One that is not listed stays so. */
  update(bridge: B): void {
    const entry = this.#entries.get(bridge.id)
    if (entry) rank(entry)
  }

  /** The volunteer gives more places or fewer. Those who have one keep it. `update` follows. */
  setCapacity(bridge: B, capacity: number): void {
    this.#entries.get(bridge.id)?.pool.resize(bridge.capacity, capacity)
    bridge.capacity = capacity
  }

  natOf(bridgeId: string): KnownNat {
    return this.#entries.get(bridgeId)?.judgement.nat ?? 'unknown'
  }

  /** In place of what the bridge has said before. */
  setNat(bridgeId: string, nat: NatClass): void {
    const entry = this.#entries.get(bridgeId)
    if (!entry || entry.bridge.nat === nat) return
    entry.bridge.nat = nat
    this.#judge(entry)
  }

  /**
   * A client says that these bridges corrupted or swallowed packets. For a while they are the last resort, but no less
   * than that, and not that while they are the majority: clients lie as well.
   */
  report(bridgeIds: readonly string[], now: number): void {
    for (const bridgeId of bridgeIds) {
      const entry = this.#entries.get(bridgeId)
      if (!entry) continue
      this.#faulty.add(entry, now)
      this.#judge(entry)
    }
  }

  /** What came of a pairing with this bridge. It ranks the bridge, and teaches its NAT class. */
  learn(bridgeId: string, result: PairingResult, now: number): void {
    const entry = this.#entries.get(bridgeId)
    if (!entry) return
    entry.record ??= new TrackRecord()
    entry.record.add(result)
    this.#judge(entry)
    if (entry.judgement.standing !== 'poor') this.#poor.delete(entry)
    else if (!this.#poor.has(entry)) this.#poor.add(entry, now)
  }

  /**
   * The best bridge for an offer that has room and was not asked yet. Looks at no more bridges than the client avoids,
   * those that were asked, and one.
   */
  choose(offer: OfferFacts, asked: ReadonlySet<string>, now: number): B | undefined {
    this.#forgive(now)
    const pool = this.#pools.get(offer.pool)
    if (offer.bridge !== undefined) {
      const bridge = asked.has(offer.bridge) ? undefined : this.get(offer.bridge)
      return bridge && pool?.ranking.has(bridge) ? bridge : undefined
    }
    const { random, relays = false } = this.#options
    const search: Search = {
      nat: offer.nat ?? 'unknown',
      relays,
      explores: random() < EXPLORATION_SHARE,
      // More than half of all cannot be faulty: then somebody lies, to have clients come to bridges of his own.
      distrusts: 2 * this.#faulty.size <= this.#entries.size,
    }
    for (const bridge of pool ? this.#bestFirst(pool, search, offer) : []) {
      if (!asked.has(bridge.id) && !offer.avoid.has(bridge.id)) return bridge
    }
    return undefined
  }

  /** Those that may meet the client; of `only` a few, if there are but so many that it may be shown. */
  #bestFirst({ ranking }: Pool<B>, search: Search, { place, only: mayBeShown }: OfferFacts): Iterable<B> {
    const only = mayBeShown?.()
    if (!only) return ranking.bestFirst(search, place, this.#options.random)
    const few = [...only].flatMap((bridgeId) => this.get(bridgeId) ?? [])
    return ranking.bestOf(few, search, place)
  }

  #forgive(now: number): void {
    for (const entry of this.#faulty.expire(now)) this.#judge(entry)
    for (const entry of this.#poor.expire(now)) {
      entry.record = undefined
      this.#judge(entry)
    }
  }

  /** Draws the conclusions after what is known of a bridge has changed. */
  #judge(entry: Entry<B>): void {
    const { bridge, record } = entry
    entry.judgement = {
      nat: record?.nat(bridge.nat) ?? bridge.nat ?? 'unknown',
      standing: record?.standing ?? 'unproven',
      isFaulty: this.#faulty.has(entry),
    }
    rank(entry)
  }
}

function rank<B extends ListedBridge>({ bridge, pool, judgement }: Entry<B>): void {
  if (bridge.silent) pool.ranking.hide(bridge)
  else pool.ranking.place(bridge, bridge.load + bridge.pending.size, judgement)
}
