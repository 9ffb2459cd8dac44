/** What one side takes for the time: off by some, a little too quick or too slow, and it may leap ahead. */
export class SimulatedClock {
  #offsetMs: number
  readonly #rate: number
  #latest = 0

  constructor({ offsetMs, rate }: { readonly offsetMs: number; readonly rate: number }) {
    this.#offsetMs = offsetMs
    this.#rate = rate
  }

  /** What it shows at the true time `trueMs`; never less than before, nor than `least`. */
  read(trueMs: number, least = 0): number {
    this.#latest = Math.max(this.#latest, least, this.#offsetMs + trueMs * this.#rate)
    return this.#latest
  }

  /** The true time at which it shows `reading`. */
  when(reading: number): number {
    return (reading - this.#offsetMs) / this.#rate
  }

  leap(ms: number): void {
    this.#offsetMs += ms
  }
}
