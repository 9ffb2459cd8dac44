/** Things without an order, of which one that stands at a random place can be had. Adding and removing cost the same however many there are. */
export class Bag<T> {
  readonly #items: T[] = []
  readonly #indices = new Map<T, number>()

  get size(): number {
    return this.#items.length
  }

  add(item: T): void {
    if (this.#indices.has(item)) return
    this.#indices.set(item, this.#items.length)
    this.#items.push(item)
  }

  delete(item: T): void {
    const index = this.#indices.get(item)
    const last = this.#items.at(-1)
    if (index === undefined || last === undefined) return
    // The last one fills the gap.
    this.#items[index] = last
    this.#indices.set(last, index)
    this.#items.pop()
    this.#indices.delete(item)
  }

  /** All of them, once around from where `start` (0 to 1, 1 excluded) points. */
  *from(start: number): Generator<T, void, undefined> {
    const { length } = this.#items
    const first = Math.floor(start * length)
    for (let i = 0; i < length; i++) yield this.#items[(first + i) % length] as T
  }
}
