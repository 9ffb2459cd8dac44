/** A HELLO whose clock differs by more than this is answered, but its early frames are not acted on. */
const FRESH_MS = 120_000
/** HELLOs remembered at once. About 15 MB; an egress sees far fewer within the window. */
const MAX_REMEMBERED = 100_000

/**
 * Recognises first messages that were seen before: a message inside the time window is remembered until the window has
 * passed, one outside it never opens anything early. When the memory is full no message counts as fresh.
 */
export class ReplayGuard {
  /** Ephemeral key → when it may be forgotten. Insertion order is expiry order, up to a clock's jump. */
  readonly #seen: Map<string, number> = new Map()

  /** `time` is what the message says, `now` this side's clock, both in milliseconds since 1970. */
  check(ephemeralKey: Uint8Array, time: number, now: number): 'fresh' | 'stale' | 'replayed' {
    this.#forget(now)
    const key = String.fromCharCode(...ephemeralKey)
    if (this.#seen.has(key)) return 'replayed'
    if (!(Math.abs(now - time) <= FRESH_MS) || this.#seen.size >= MAX_REMEMBERED) return 'stale'
    this.#seen.set(key, now + 2 * FRESH_MS)
    return 'fresh'
  }

  #forget(now: number): void {
    for (const [key, until] of this.#seen) {
      // Equal is not over: a message whose clock is ahead by the whole window would be fresh again in that millisecond.
      if (until >= now) return
      this.#seen.delete(key)
    }
  }
}
