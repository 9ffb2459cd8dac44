import { Bag, type Seat } from './bag.ts'
import type { BridgeFacts } from './match-facts.ts'

/** The bridges of one place. */
interface Group<B extends BridgeFacts> {
  readonly place: string | undefined
  readonly bridges: Bag<B>
}

/**
 * Bridges between which matching makes no difference, apart by place: so that those of one place are left out in one
 * step, however many they are.
 */
export class Shelf<B extends BridgeFacts> {
  readonly #byPlace = new Map<string | undefined, Seat<Group<B>>>()
  readonly #groups = new Bag<Group<B>>()

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  add(bridge: Seat<B>): void {
    const { place } = bridge.item
    let group = this.#byPlace.get(place)
    if (!group) {
      group = { item: { place, bridges: new Bag() }, index: 0 }
      this.#byPlace.set(place, group)
      this.#groups.add(group)
    }
    group.item.bridges.add(bridge)
  }

  delete(bridge: Seat<B>): void {
    const { place } = bridge.item
    const group = this.#byPlace.get(place)
    group?.item.bridges.delete(bridge)
    if (group?.item.bridges.size !== 0) return
    this.#byPlace.delete(place)
    this.#groups.delete(group)
  }

  /** All but those at `place`. Where to begin is chosen by `random` (0 to 1): first among places, then within each. */
  *notAt(place: string | undefined, random: () => number): Generator<B, void, undefined> {
    for (const group of this.#groups.from(random())) {
      if (place === undefined || group.place !== place) yield* group.bridges.from(random())
    }
  }
}
