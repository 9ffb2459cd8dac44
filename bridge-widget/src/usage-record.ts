import type { KeptText } from './kept-text.ts'
import { addUsage, formatUsage, NO_USAGE, parseUsage, type Usage, usageAt } from './usage.ts'

/**
 * The usage that is kept across visits. Several may share a place, in several tabs: each adds what it has counted itself to
 * what is there. Where nothing can be kept it counts this visit.
 */
export class UsageRecord {
  readonly #kept: KeptText | undefined
  /** As it was last seen there. */
  #stored: Usage = NO_USAGE
  /** Counted here since. */
  #pending: Usage = NO_USAGE
  #hasPending = false

  constructor(kept?: KeptText) {
    this.#kept = kept
  }

  at(now: number): Usage {
    return addUsage(this.#stored, this.#pending, now)
  }

  add(usage: Usage, now: number): void {
    this.#pending = addUsage(this.#pending, usage, now)
    this.#hasPending = true
  }

  /** Takes in what others have counted, and adds what was counted here. */
  save(now: number): void {
    try {
      if (this.#kept) this.#saveTo(this.#kept, now)
    } catch {
      // No storage, or no room in it: what is pending still counts, and is tried again.
    }
    this.#stored = usageAt(this.#stored, now)
    this.#pending = usageAt(this.#pending, now)
  }

  #saveTo(kept: KeptText, now: number): void {
    this.#stored = parseUsage(kept.read())
    const usage = this.at(now)
    // A date ahead of the clock is put right, else its quota would count until then.
    const isAhead = this.#stored.day > usage.day
    if (!this.#hasPending && !isAhead) return
    kept.write(formatUsage(usage))
    this.#stored = usage
    this.#pending = NO_USAGE
    this.#hasPending = false
  }
}
