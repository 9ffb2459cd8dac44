/** One thing that can be in a bag, in one at a time. */
export interface Seat<T> {
  readonly item: T
  /** Where in its bag it is; the bag's alone. */
  index: number
}

/** Things without an order, of which one that stands at a random place can be had. Adding and removing cost the same however many there are. */
export class Bag<T> {
  readonly #seats: Seat<T>[] = []

  get size(): number {
    return this.#seats.length
  }

  /** It must be in no bag. */
  add(seat: Seat<T>): void {
    seat.index = this.#seats.length
    this.#seats.push(seat)
  }

  /** It must be in this bag. */
  delete(seat: Seat<T>): void {
    const last = this.#seats.pop()
    if (last === undefined || last === seat) return
    // The last one fills the gap.
    last.index = seat.index
    this.#seats[seat.index] = last
  }

  /** All of them, once around from where `start` (0 to 1, 1 excluded) points. */
  *from(start: number): Generator<T, void, undefined> {
    const { length } = this.#seats
    const first = Math.floor(start * length)
    for (let i = 0; i < length; i++) yield (this.#seats[(first + i) % length] as Seat<T>).item
  }
}
