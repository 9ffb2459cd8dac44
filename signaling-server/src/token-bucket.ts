/** Lets `burst` events through at once and `perSecond` in the long run. The clock is the caller's. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #filledAt: number

  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#filledAt = now
  }

  /** Whether one more event may pass at `now`, in milliseconds. */
  take(now: number): boolean {
    const filled = this.#tokens + ((now - this.#filledAt) * this.#perSecond) / 1_000
    this.#tokens = Math.min(this.#burst, filled)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
