/** Load above the mark for so long makes proofs one bit harder … */
const RISE_MS = 1_000
/** … and load below half of it for so long one bit easier. So a flood that pauses does not find the door open again. */
const FALL_MS = 10_000

export interface WorkDifficultyOptions {
  /** Offers per second from which on proofs are asked for; 0: always. */
  readonly workFromOffersPerSecond: number
  /** Offers that may be pending at once. From half of them on proofs are asked for as well. */
  readonly maxPendingOffers: number
  readonly leastWorkBits: number
  readonly mostWorkBits: number
}

/**
 * How hard the proof of work is that an offer must carry: nothing while the server has time for everybody, then harder
 * for as long as too many offers pass, at twice the work with each step. The clock is the caller's.
 */
export class WorkDifficulty {
  readonly #options: WorkDifficultyOptions
  #bits: number
  #since = 0
  /** Since then: offers that passed, and all that came. */
  #passed = 0
  #came = 0
  #calmMs = 0

  constructor(options: WorkDifficultyOptions) {
    this.#options = options
    this.#bits = options.workFromOffersPerSecond === 0 ? options.leastWorkBits : 0
  }

  /** Zero bits that the proof of an offer at `now` must have; 0: none is asked for. */
  bits(now: number, pendingOffers: number): number {
    this.#came += 1
    const elapsed = now - this.#since
    if (elapsed >= RISE_MS) this.#adapt(elapsed, pendingOffers / this.#options.maxPendingOffers)
    if (elapsed >= RISE_MS) this.#since = now
    return this.#bits
  }

  /** The offer has what it needs. */
  passed(): void {
    this.#passed += 1
  }

  #adapt(elapsedMs: number, pendingShare: number): void {
    const { workFromOffersPerSecond, leastWorkBits, mostWorkBits } = this.#options
    const most = (workFromOffersPerSecond * elapsedMs) / 1_000
    // What has no proof does not make proofs harder for the others, but a flood of it keeps them asked for.
    if (this.#passed > most || pendingShare > 0.5) {
      this.#bits = Math.min(mostWorkBits, Math.max(leastWorkBits, this.#bits + 1))
      this.#calmMs = 0
    } else if (this.#came < most / 2) {
      this.#calmMs += elapsedMs
      const steps = Math.floor(this.#calmMs / FALL_MS)
      this.#calmMs -= steps * FALL_MS
      this.#bits = this.#bits - steps < leastWorkBits ? 0 : this.#bits - steps
    } else {
      this.#calmMs = 0
    }
    this.#passed = 0
    this.#came = 0
  }
}
