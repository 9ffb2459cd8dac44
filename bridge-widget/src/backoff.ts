const FIRST_MS = 1_000
const MOST_MS = 60_000

/**
 * Growing waits with full jitter, so that a thousand bridges that lost a server do not come back in the same
 * second (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export class Backoff {
  readonly #random: () => number
  #failures = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /** The wait before the next attempt, in milliseconds; at least `leastMs`. */
  next(leastMs = 0): number {
    const mostMs = Math.min(MOST_MS, FIRST_MS * 2 ** this.#failures)
    this.#failures += 1
    return leastMs + this.#random() * mostMs
  }

  reset(): void {
    this.#failures = 0
  }
}
