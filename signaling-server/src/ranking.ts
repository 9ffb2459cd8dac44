/** What matching knows of a bridge. */
export interface BridgeFacts {
  readonly id: string
  /** Clients it may have at once. */
  readonly capacity: number
}

/** What matching knows of an offer. */
export interface OfferFacts {
  /** Ids of bridges that the client does not want, because it has them already. */
  readonly avoid: ReadonlySet<string>
  /** The only bridge that it may go to, whatever the rules say: the client has met it already. */
  readonly bridge?: string | undefined
  /** Ids of the only bridges that the client may be shown now; `undefined`: any. Asked anew for each attempt. */
  readonly only?: (() => Iterable<string> | undefined) | undefined
}

/** Whether `bridge` may be offered to the client behind `offer`. Further rules are further functions of this type. */
export type MatchRule = (bridge: BridgeFacts, offer: OfferFacts) => boolean

const isNotAvoided: MatchRule = (bridge, offer) => !offer.avoid.has(bridge.id)

export const MATCH_RULES: readonly MatchRule[] = [isNotAvoided]

// How full a bridge is, in steps: so bridges of different capacity compare, and what is nearly a tie counts as one.
const LEVELS = 16

/**
 * The bridges with room, sorted by how full they are, those of last resort behind all others. Placing, removing and
 * finding the first cost the same however many bridges wait.
 */
export class Ranking<B extends BridgeFacts> {
  readonly #levels: readonly B[][] = Array.from({ length: 2 * LEVELS }, () => [])
  /** The same, with those of last resort right behind the others of each level. */
  readonly #mixedLevels: readonly B[][] = this.#levels.map(
    (_, index) => this.#levels[(index % 2) * LEVELS + (index >> 1)] ?? [],
  )
  readonly #places = new Map<B, { readonly level: B[]; index: number }>()

  /** Adds or moves `bridge`, which has `occupied` of its places taken. A full one is left out. */
  place(bridge: B, occupied: number, isLastResort: boolean): void {
    this.remove(bridge)
    if (occupied >= bridge.capacity) return
    // Rounded up, so that only an empty bridge is on the first level.
    const fullness = Math.min(LEVELS - 1, Math.ceil((LEVELS * occupied) / bridge.capacity))
    const level = this.#levels[isLastResort ? LEVELS + fullness : fullness] ?? []
    this.#places.set(bridge, { level, index: level.length })
    level.push(bridge)
  }

  remove(bridge: B): void {
    const place = this.#places.get(bridge)
    if (!place) return
    this.#places.delete(bridge)
    const last = place.level.pop()
    if (last === undefined || last === bridge) return
    place.level[place.index] = last
    const lastPlace = this.#places.get(last)
    if (lastPlace) lastPlace.index = place.index
  }

  /** Whether it is listed, and so has room. */
  has(bridge: B): boolean {
    return this.#places.has(bridge)
  }

  /**
   * From the emptiest on, those of last resort `apart` behind all others, or else behind those that are as full. Equally
   * full ones start at a place that `random` (0 to 1) chooses.
   */
  *bestFirst(random: () => number, { apart }: { readonly apart: boolean }): Generator<B, void, undefined> {
    for (const level of apart ? this.#levels : this.#mixedLevels) {
      const start = Math.floor(random() * level.length)
      for (let i = 0; i < level.length; i++) yield level[(start + i) % level.length] as B
    }
  }
}
