/** Growing waits, in milliseconds. */
export interface BackoffOptions {
  /** Longest first wait. */
  readonly firstMs: number
  /** Longest wait of all. */
  readonly mostMs: number
  /** From 0 to 1. */
  readonly random: () => number
}

/**
 * Growing waits with full jitter, so that a thousand programs that lost a server do not come back in the same
 * second (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export class Backoff {
  readonly #options: BackoffOptions
  #failures = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** The wait before the next attempt, in milliseconds; at least `leastMs`. */
  next(leastMs = 0): number {
    const { firstMs, mostMs, random } = this.#options
    const longest = Math.min(mostMs, firstMs * 2 ** this.#failures)
    this.#failures += 1
    return leastMs + random() * longest
  }

  reset(): void {
    this.#failures = 0
  }
}
