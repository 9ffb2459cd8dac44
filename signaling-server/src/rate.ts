/**
 * Lets `burst` events through at once and `perSecond` in the long run. What it must remember of whoever is limited is
 * one number, the time from which the whole burst is free again: so thousands are limited in little memory. This is the
 * generic cell rate algorithm (ITU-T I.371), a token bucket in other words. The clock is the caller's.
 */
export class Rate {
  readonly #intervalMs: number
  readonly #burstMs: number

  constructor(perSecond: number, burst: number) {
    this.#intervalMs = 1_000 / perSecond
    this.#burstMs = burst * this.#intervalMs
  }

  /** After so long a silence there is nothing to remember. */
  get memoryMs(): number {
    return this.#burstMs
  }

  /**
   * The number to remember after one more event at `now`, in milliseconds, or `undefined` if it may not pass. `free` is
   * what was remembered before, `undefined` of somebody new.
   */
  take(free: number | undefined, now: number): number | undefined {
    const next = Math.max(free ?? now, now) + this.#intervalMs
    // Rounding must not cost the last event of a burst.
    return next - now > this.#burstMs + 1e-6 ? undefined : next
  }

  /** The number to remember after `count` events that have happened already, whether they were allowed or not. */
  charge(free: number | undefined, count: number, now: number): number {
    return Math.min(Math.max(free ?? now, now) + count * this.#intervalMs, now + this.#burstMs)
  }
}
