import { Bag } from './bag.ts'
import type { BridgeFacts } from './match-facts.ts'

const NOWHERE = ''

/**
 * Bridges between which matching makes no difference, apart by place: so that those of one place are left out in one
 * step, however many they are.
 */
export class Shelf<B extends BridgeFacts> {
  readonly #places = new Bag<string>()
  readonly #bridges = new Map<string, Bag<B>>()

  get isEmpty(): boolean {
    return this.#places.size === 0
  }

  add(bridge: B): void {
    const place = bridge.place ?? NOWHERE
    const there = this.#bridges.get(place) ?? new Bag<B>()
    there.add(bridge)
    this.#bridges.set(place, there)
    this.#places.add(place)
  }

  delete(bridge: B): void {
    const place = bridge.place ?? NOWHERE
    const there = this.#bridges.get(place)
    there?.delete(bridge)
    if (there?.size !== 0) return
    this.#bridges.delete(place)
    this.#places.delete(place)
  }

  /** All but those at `place`. Where to begin is chosen by `random` (0 to 1): first among places, then within each. */
  *notAt(place: string | undefined, random: () => number): Generator<B, void, undefined> {
    for (const other of this.#places.from(random())) {
      if (other !== place) yield* this.#bridges.get(other)?.from(random()) ?? []
    }
  }
}
