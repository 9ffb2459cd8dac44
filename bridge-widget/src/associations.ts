import type { CloseCode } from '@footbridge/shared'
import type { Association } from './association.ts'

/** Bytes to clients and from them. */
interface Bytes {
  readonly down: number
  readonly up: number
}

/** The associations of a bridge, and what they come to. */
export class Associations {
  readonly #all = new Set<Association>()
  /** Those whose offer the present registration knows, by its number. */
  readonly #offers = new Map<number, Association>()
  #ended: Bytes = { down: 0, up: 0 }

  get size(): number {
    return this.#all.size
  }

  /** What signaling is told. Offers without an answer yet are counted there. */
  get load(): number {
    return [...this.#all].filter(({ isAnswered }) => isAnswered).length
  }

  /** People whose traffic passes. */
  get clients(): number {
    return this.#people.length
  }

  /** Where each of them is, as far as signaling knows. */
  get countries(): string[] {
    return this.#people.flatMap(({ country }) => country ?? [])
  }

  /** Those that ended included. */
  get bytes(): Bytes {
    return [...this.#all].reduce(
      (sum, { bytes }) => ({ down: sum.down + bytes.down, up: sum.up + bytes.up }),
      this.#ended,
    )
  }

  offered(offerId: number): Association | undefined {
    return this.#offers.get(offerId)
  }

  add(offerId: number, association: Association): void {
    this.#all.add(association)
    this.#offers.set(offerId, association)
  }

  delete(association: Association): void {
    const { down, up } = association.bytes
    this.#ended = { down: this.#ended.down + down, up: this.#ended.up + up }
    this.#all.delete(association)
    for (const [offerId, known] of this.#offers) if (known === association) this.#offers.delete(offerId)
  }

  /** The next registration counts its offers anew. */
  forgetOffers(): void {
    this.#offers.clear()
  }

  /** Whoever is being helped, or about to be, is told why not any longer. */
  close(code: CloseCode): void {
    for (const association of this.#all) {
      this.delete(association)
      association.close(code)
    }
  }

  /** One association of each person whose traffic passes. */
  get #people(): readonly Association[] {
    const relaying = [...this.#all].filter(({ isRelaying }) => isRelaying)
    const people = relaying.filter(({ isAdditional }) => !isAdditional)
    // The first path of a client may end before its additional ones.
    return people.length > 0 ? people : relaying.slice(0, 1)
  }
}
