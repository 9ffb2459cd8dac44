import type { Clock } from '@footbridge/shared'

/** A clock that a test moves on by hand. */
export class MinuteClock implements Clock {
  #now: number
  readonly #timers = new Set<{ readonly at: number; readonly fire: () => void }>()

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return this.#now
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { at: this.#now + delayMs, fire }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  pass(durationMs: number): void {
    const until = this.#now + durationMs
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at)
      if (next === undefined || next.at > until) break
      this.#timers.delete(next)
      this.#now = next.at
      next.fire()
    }
    this.#now = until
  }
}
