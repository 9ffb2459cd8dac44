/** Time and timers, injected so that a test can run them by hand. */
export interface Clock {
  /** Milliseconds since some moment; never goes down, whatever happens to the wall clock. */
  now(): number
  /** Milliseconds since 1970, as far as this machine knows. */
  wallNow(): number
  /** Calls `fire` once, `delayMs` from now; the result cancels it. */
  after(delayMs: number, fire: () => void): () => void
}

/** Longest delay that `setTimeout` takes. */
const MAX_DELAY_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, Math.min(delayMs, MAX_DELAY_MS))
    return () => clearTimeout(timer)
  },
}
