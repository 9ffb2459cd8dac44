import type { Clock } from '@footbridge/shared'

/** Time that passes only when a test has nothing else left to do. */
export class SimulatedClock implements Clock {
  #now = 0
  readonly #timers: Set<{ at: number; fire: () => void }> = new Set()

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return 1_800_000_000_000 + this.#now
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { at: this.#now + delayMs, fire }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that would keep a program alive. */
  get pending(): number {
    return this.#timers.size
  }

  /** Goes on to the next timer, at most to `until`, and fires it. */
  advance(until: number): void {
    const [next] = [...this.#timers].sort((a, b) => a.at - b.at)
    this.#now = Math.max(this.#now, Math.min(next?.at ?? until, until))
    if (next === undefined || next.at > this.#now) return
    this.#timers.delete(next)
    next.fire()
  }
}
