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
  /** The client's; nobody there may be found. */
  readonly place: string | undefined
  /** Unproven bridges come first, for once. */
  readonly explores: boolean
  /** Faulty bridges come last, not only behind those that are as full. */
  readonly distrusts: boolean
}

interface Rung<B extends BridgeFacts> extends Judgement {
  readonly key: string
  readonly level: number
  readonly shelf: Shelf<B>
}

/** How full a bridge is, in steps: so bridges of different capacity compare, and what is nearly a tie counts as one. */
export const LEVELS = 16

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
  readonly #rungs = new Map<string, Rung<B>>()
  readonly #positions = new Map<B, { readonly rung: Rung<B>; readonly free: number }>()
  readonly #free: Record<KnownNat, number> = { open: 0, restricted: 0, strict: 0, unknown: 0 }

  /** Places that are free, by the NAT class of their bridge. */
  get free(): Readonly<Record<KnownNat, number>> {
    return this.#free
  }

  /** Adds or moves `bridge`, which has `occupied` of its places taken. A full one is left out. */
  place(bridge: B, occupied: number, judgement: Judgement): void {
    this.remove(bridge)
    const free = bridge.capacity - occupied
    if (free <= 0) return
    // Rounded up, so that only an empty bridge is on the first level.
    const level = Math.min(LEVELS - 1, Math.ceil((LEVELS * occupied) / bridge.capacity))
    const rung = this.#rungOf(level, judgement)
    rung.shelf.add(bridge)
    this.#positions.set(bridge, { rung, free })
    this.#free[rung.nat] += free
  }

  remove(bridge: B): void {
    const position = this.#positions.get(bridge)
    if (!position) return
    const { rung, free } = position
    this.#positions.delete(bridge)
    this.#free[rung.nat] -= free
    rung.shelf.delete(bridge)
    if (rung.shelf.isEmpty) this.#rungs.delete(rung.key)
  }

  /** Whether it is listed, and so has room. */
  has(bridge: B): boolean {
    return this.#positions.has(bridge)
  }

  /** Those that may meet the client, the best first. Equal ones start at a place that `random` (0 to 1) chooses. */
  *bestFirst(search: Search, random: () => number): Generator<B, void, undefined> {
    const suitable = [...this.#rungs.values()]
      .map((rung) => ({ rung, cost: costOf(rung, search) }))
      .filter(({ cost }) => cost < Number.POSITIVE_INFINITY)
      .sort((a, b) => a.cost - b.cost)
    for (const { rung } of suitable) yield* rung.shelf.notAt(search.place, random)
  }

  /** The same, of a few bridges: those of them that are listed here. */
  bestOf(few: readonly B[], search: Search): B[] {
    return few
      .flatMap((bridge) => {
        const rung = this.#positions.get(bridge)?.rung
        const isThere = search.place !== undefined && bridge.place === search.place
        return rung && !isThere ? { bridge, cost: costOf(rung, search) } : []
      })
      .filter(({ cost }) => cost < Number.POSITIVE_INFINITY)
      .sort((a, b) => a.cost - b.cost)
      .map(({ bridge }) => bridge)
  }

  #rungOf(level: number, { nat, standing, isFaulty }: Judgement): Rung<B> {
    const key = `${nat} ${standing} ${isFaulty} ${level}`
    const known = this.#rungs.get(key)
    if (known) return known
    const rung = { key, level, nat, standing, isFaulty, shelf: new Shelf<B>() }
    this.#rungs.set(key, rung)
    return rung
  }
}

/** How full a bridge counts as, all things considered, in levels; infinite for one that the client cannot meet. */
function costOf({ level, nat, standing, isFaulty }: Rung<BridgeFacts>, search: Search): number {
  const isExplored = search.explores && standing === 'unproven'
  const distrust = search.distrusts ? LAST_RESORT : TIE_BREAK
  return (
    level +
    natHandicap(search.nat, nat) +
    (isExplored ? EXPLORED : STANDING_HANDICAP[standing]) +
    (isFaulty ? distrust : 0)
  )
}
