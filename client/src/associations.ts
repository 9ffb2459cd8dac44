/** Paths over one bridge at most. */
export const MAX_ASSOCIATIONS = 4
/** Without a stall for so long, half of them will do. */
const QUIET_MS = 30_000

/**
 * How many paths one bridge should carry. A single one, unless they lose packets: then each path's congestion window
 * collapses on its own, and several together carry several times as much. Knows no clock; milliseconds come in.
 */
export class Associations {
  readonly #most: number
  #wanted = 1
  #lastStallAt = Number.NEGATIVE_INFINITY

  /** `most` of them, whatever happens. */
  constructor(most: number) {
    this.#most = most
  }

  get wanted(): number {
    return this.#wanted
  }

  /** When `relax` has something to do; infinite with a single path. */
  get relaxAt(): number {
    return this.#wanted === 1 ? Number.POSITIVE_INFINITY : this.#lastStallAt + QUIET_MS
  }

  /**
   * A path of this bridge stalls, as it does when it loses packets. More are wanted only once those wanted before are
   * there, `count` of them: one stall may be told twice, and new paths need a moment to help.
   */
  stalled(now: number, count: number): void {
    if (count >= this.#wanted) this.#wanted = Math.min(2 * this.#wanted, this.#most)
    this.#lastStallAt = now
  }

  /** Lets go of half of them once none has stalled for long enough. */
  relax(now: number): void {
    if (now < this.relaxAt) return
    this.#wanted = Math.floor(this.#wanted / 2)
    this.#lastStallAt = now
  }
}
