import type { Clock } from '@footbridge/shared'

/** Deadlines that are all equally far away, so that one timer keeps any number of them. */
export class Deadlines<T> {
  readonly #delayMs: number
  readonly #clock: Clock
  readonly #act: (item: T) => void
  /** When each is due. All wait equally long, so the first to be due is the first in the map. */
  readonly #due = new Map<T, number>()
  #cancelTimer: (() => void) | undefined

  /** `act` is called with each item whose time has come. It may start it again. */
  constructor(delayMs: number, clock: Clock, act: (item: T) => void) {
    this.#delayMs = delayMs
    this.#clock = clock
    this.#act = act
  }

  /** The item is due after the whole delay, whether it was waiting already or not. */
  start(item: T): void {
    // Anew, so that it moves to the end.
    this.#due.delete(item)
    this.#due.set(item, this.#clock.now() + this.#delayMs)
    this.#wait()
  }

  stop(item: T): void {
    this.#due.delete(item)
    if (this.#due.size > 0) return
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #wait(): void {
    const [first] = this.#due.values()
    if (first === undefined || this.#cancelTimer !== undefined) return
    // Rounded up: a timer may fire a fraction of a millisecond early.
    const waitMs = Math.ceil(Math.max(0, first - this.#clock.now()))
    this.#cancelTimer = this.#clock.after(waitMs, () => this.#expire())
  }

  #expire(): void {
    this.#cancelTimer = undefined
    const now = this.#clock.now()
    for (const [item, due] of this.#due) {
      if (due > now) break
      this.#due.delete(item)
      this.#act(item)
    }
    this.#wait()
  }
}
