/** Things that count for a while, all of them equally long. */
export class ExpiringSet<T> {
  readonly #lifetimeMs: number
  /** Until when each counts. The first to expire is the first in the map. */
  readonly #until = new Map<T, number>()

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs
  }

  get size(): number {
    return this.#until.size
  }

  has(item: T): boolean {
    return this.#until.has(item)
  }

  /** Its time begins anew if it was there. */
  add(item: T, now: number): void {
    // So that it moves to the end of the map.
    this.#until.delete(item)
    this.#until.set(item, now + this.#lifetimeMs)
  }

  delete(item: T): void {
    this.#until.delete(item)
  }

  /** Takes out those whose time is over. */
  *expire(now: number): Generator<T, void, undefined> {
    for (const [item, until] of this.#until) {
      if (until > now) return
      this.#until.delete(item)
      yield item
    }
  }
}
