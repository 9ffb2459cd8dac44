/** Ids that paths may overtake each other by; older ones are refused altogether. */
const REMEMBERED_PATHS = 1_024

/**
 * Which path ids of one session have opened a path. An id that opened two would use its nonces twice, so each may do
 * so once. A sliding window keeps the memory bounded, as IPsec's against replays does (RFC 4303 section 3.4.3).
 */
export class UsedPaths {
  /** Those within the window. Path 0 carried the handshake. */
  readonly #used: Set<number> = new Set([0])
  #highest = 0

  has(pathId: number): boolean {
    return pathId <= this.#highest - REMEMBERED_PATHS || this.#used.has(pathId)
  }

  add(pathId: number): void {
    this.#used.add(pathId)
    this.#highest = Math.max(this.#highest, pathId)
    for (const id of this.#used) if (id <= this.#highest - REMEMBERED_PATHS) this.#used.delete(id)
  }
}
