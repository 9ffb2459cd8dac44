/**
 * A map that forgets, for what strangers can fill: an entry stays for at least `keepMs` after it was last read or
 * written, and is gone after twice that. It holds at most two times `capacity` entries: when more come, those that were
 * quiet longest are forgotten early, so a crowd of strangers neither shuts newcomers out nor shakes off who is active.
 * The clock is the caller's.
 */
export class RecentMap<K, V> {
  readonly #capacity: number
  readonly #keepMs: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()
  #turnedAt = Number.NEGATIVE_INFINITY

  constructor(capacity: number, keepMs: number) {
    this.#capacity = capacity
    this.#keepMs = keepMs
  }

  /** Entries held. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: K, now: number): V | undefined {
    this.#turnInTime(now)
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const older = this.#old.get(key)
    if (older !== undefined) this.set(key, older, now)
    return older
  }

  set(key: K, value: V, now: number): void {
    this.#turnInTime(now)
    this.#old.delete(key)
    if (this.#young.size >= this.#capacity && !this.#young.has(key)) this.#turn(now)
    this.#young.set(key, value)
  }

  #turnInTime(now: number): void {
    const age = now - this.#turnedAt
    if (age < this.#keepMs) return
    // Back to when it was due: whoever turns late must not give what is old another whole term.
    this.#turn(now - (Number.isFinite(age) ? age % this.#keepMs : 0))
    if (age >= 2 * this.#keepMs) this.#old.clear()
  }

  #turn(now: number): void {
    this.#old = this.#young
    this.#young = new Map()
    this.#turnedAt = now
  }
}
