import type { Clock } from '@footbridge/shared'

/** A clock that a test moves. */
export class ManualClock implements Clock {
  /** What the wall clock is set ahead. */
  wallAheadMs = 0
  #now = 0
  #timers: { at: number; fire: () => void }[] = []

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return this.#now + this.wallAheadMs
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { at: this.#now + delayMs, fire }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Runs whatever is due within the next `ms`, in order. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((other) => other !== due)
      this.#now = Math.max(this.#now, due.at)
      due.fire()
    }
    this.#now = until
  }
}
