import type { BridgeFacts, KnownNat } from './match-facts.ts'
import { countedPlaces, Ranking } from './ranking.ts'

/** What a pool has to offer. */
export interface Room {
  /** Free places, by the NAT class of their bridges. */
  readonly free: Readonly<Record<KnownNat, number>>
  /** All places that its bridges have. Of each bridge, `countedPlaces`. */
  readonly places: number
}

/** Of this share of all places, what is left goes to those who have no path. */
const SCARCE_SHARE = 1 / 20

/** Bridges that serve the same clients: everybody, or those who share a secret. */
export class Pool<B extends BridgeFacts> {
  readonly ranking: Ranking<B> = new Ranking()
  #bridges = 0
  #places = 0

  enter({ capacity }: B): void {
    this.#bridges += 1
    this.#places += countedPlaces(capacity)
  }

  leave(bridge: B): void {
    this.#bridges -= 1
    this.#places -= countedPlaces(bridge.capacity)
    this.ranking.remove(bridge)
  }

  /** One of its bridges has another capacity now. */
  resize(before: number, after: number): void {
    this.#places += countedPlaces(after) - countedPlaces(before)
  }

  get isEmpty(): boolean {
    return this.#bridges === 0
  }

  get room(): Room {
    return { free: { ...this.ranking.free }, places: this.#places }
  }

  /** Whether nearly all places are taken. */
  get isScarce(): boolean {
    const { open, restricted, strict, unknown } = this.ranking.free
    return open + restricted + strict + unknown < SCARCE_SHARE * this.#places
  }
}
