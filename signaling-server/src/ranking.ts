import type { Seat } from './bag.ts'
import type { BridgeFacts, KnownNat } from './match-facts.ts'
import { natHandicap } from './nat-match.ts'
import { Shelf } from './shelf.ts'

/**
 * What the egress has measured of a bridge: nothing yet that speaks for it, paths that work, or more that fail or
 * break off than work.
 */
export type Standing = 'unproven' | 'good' | 'poor'

/** What matching has learned of a bridge. */
export interface Judgement {
  readonly nat: KnownNat
  readonly standing: Standing
  /** Clients say that it corrupts or swallows packets. */
  readonly isFaulty: boolean
}

/** What a bridge is sought for. */
export interface Search {
  /** The client's. */
  readonly nat: KnownNat
  /** There are relays for those who cannot connect. */
  readonly relays: boolean
  /** Unproven bridges come first, for once. */
  readonly explores: boolean
  /** Faulty bridges come last, not only behind those that are as full. */
  readonly distrusts: boolean
}

interface Position<B extends BridgeFacts> {
  readonly seat: Seat<B>
  /** Absent while it has no room. */
  rung: Rung<B> | undefined
  free: number
}

interface Rung<B extends BridgeFacts> extends Judgement {
  readonly key: number
  readonly level: number
  readonly shelf: Shelf<B>
}

const NATS: readonly KnownNat[] = ['open', 'restricted', 'strict', 'unknown']
const STANDINGS: readonly Standing[] = ['unproven', 'good', 'poor']

/** How full a bridge is, in steps: so bridges of different capacity compare, and what is nearly a tie counts as one. */
const LEVELS = 16

// By how many levels fuller the others may be before a bridge is asked that …
const STANDING_HANDICAP: Readonly<Record<Standing, number>> = {
  good: 0,
  // … may be bad: until half the places of those that are known to work are taken.
  unproven: LEVELS / 2,
  poor: (3 * LEVELS) / 4,
}
// Before all that are proven, however full; but not before those that the client is sure to connect with.
const EXPLORED = -2 * LEVELS
// More than everything else together; or, among equals only.
const LAST_RESORT = 8 * LEVELS
const TIE_BREAK = 0.5

/**
 * The bridges of one pool that have room, found best first: the emptiest of those that suit the client. Placing,
 * removing and finding the first cost the same however many bridges wait.
 */
export class Ranking<B extends BridgeFacts> {
  /** Those with bridges on them. */
  readonly #rungs = new Map<number, Rung<B>>()
  /** The rungs in the order that a search takes them in. Forgotten when one comes or goes. */
  readonly #orders = new Map<string, readonly Rung<B>[]>()
  readonly #positions = new Map<B, Position<B>>()
  readonly #free: Record<KnownNat, number> = { open: 0, restricted: 0, strict: 0, unknown: 0 }

  /** Places that are free, by the NAT class of their bridge. */
  get free(): Readonly<Record<KnownNat, number>> {
    return this.#free
  }

  /** Adds or moves `bridge`, which has `occupied` of its places taken. A full one is not found. */
  place(bridge: B, occupied: number, judgement: Judgement): void {
    const free = bridge.capacity - occupied
    if (free <= 0) {
      this.hide(bridge)
      return
    }
    // Rounded up, so that only an empty bridge is on the first level.
    const level = Math.min(LEVELS - 1, Math.ceil((LEVELS * occupied) / bridge.capacity))
    const position = this.#positionOf(bridge)
    this.#move(position, this.#rungOf(level, judgement))
    if (position.rung) this.#free[position.rung.nat] += free
    position.free = free
  }

  /** It is not found until it is placed again. */
  hide(bridge: B): void {
    const position = this.#positions.get(bridge)
    if (position) this.#move(position, undefined)
  }

  remove(bridge: B): void {
    this.hide(bridge)
    this.#positions.delete(bridge)
  }

  /** Whether it can be found, and so has room. */
  has(bridge: B): boolean {
    return this.#positions.get(bridge)?.rung !== undefined
  }

  /**
   * Those that may meet a client, the best first, without those at its `place`. Equal ones start where `random` (0 to 1)
   * points.
   */
  *bestFirst(search: Search, place: string | undefined, random: () => number): Generator<B, void, undefined> {
    for (const { shelf } of this.#orderFor(search)) yield* shelf.notAt(place, random)
  }

  /** The same, of a few bridges: those of them that are listed here. */
  bestOf(few: readonly B[], search: Search, place: string | undefined): B[] {
    return few
      .flatMap((bridge) => {
        const rung = this.#positions.get(bridge)?.rung
        const isThere = place !== undefined && bridge.place === place
        return rung && !isThere ? { bridge, cost: costOf(rung, search) } : []
      })
      .filter(({ cost }) => cost < Number.POSITIVE_INFINITY)
      .sort((a, b) => a.cost - b.cost)
      .map(({ bridge }) => bridge)
  }

  #positionOf(bridge: B): Position<B> {
    const known = this.#positions.get(bridge)
    if (known) return known
    const position = { seat: { item: bridge, index: 0 }, rung: undefined, free: 0 }
    this.#positions.set(bridge, position)
    return position
  }

  /** From where it is, and out of the count of free places. */
  #move(position: Position<B>, to: Rung<B> | undefined): void {
    const { seat, rung: from } = position
    if (from) this.#free[from.nat] -= position.free
    if (from === to) return
    from?.shelf.delete(seat)
    if (from?.shelf.isEmpty) this.#forget(from)
    to?.shelf.add(seat)
    position.rung = to
  }

  #forget(rung: Rung<B>): void {
    this.#rungs.delete(rung.key)
    this.#orders.clear()
  }

  #orderFor(search: Search): readonly Rung<B>[] {
    const key = `${search.nat} ${search.relays} ${search.explores} ${search.distrusts}`
    const known = this.#orders.get(key)
    if (known) return known
    const order = [...this.#rungs.values()]
      .map((rung) => ({ rung, cost: costOf(rung, search) }))
      .filter(({ cost }) => cost < Number.POSITIVE_INFINITY)
      .sort((a, b) => a.cost - b.cost)
      .map(({ rung }) => rung)
    this.#orders.set(key, order)
    return order
  }

  #rungOf(level: number, { nat, standing, isFaulty }: Judgement): Rung<B> {
    const kind =
      NATS.indexOf(nat) + NATS.length * (STANDINGS.indexOf(standing) + (isFaulty ? STANDINGS.length : 0))
    const key = level + LEVELS * kind
    const known = this.#rungs.get(key)
    if (known) return known
    const rung = { key, level, nat, standing, isFaulty, shelf: new Shelf<B>() }
    this.#rungs.set(key, rung)
    this.#orders.clear()
    return rung
  }
}

/** How full a bridge counts as, all things considered, in levels; infinite for one that the client cannot meet. */
function costOf({ level, nat, standing, isFaulty }: Rung<BridgeFacts>, search: Search): number {
  const isExplored = search.explores && standing === 'unproven'
  const distrust = search.distrusts ? LAST_RESORT : TIE_BREAK
  return (
    level +
    natHandicap(search.nat, nat, search.relays) +
    (isExplored ? EXPLORED : STANDING_HANDICAP[standing]) +
    (isFaulty ? distrust : 0)
  )
}
