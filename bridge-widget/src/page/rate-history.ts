export interface Rates {
  /** Bytes per second, to clients. */
  readonly down: number
  /** From clients. */
  readonly up: number
}

interface Reading extends Rates {
  readonly time: number
}

/** One point of the graph. */
export const SLOT_MS = 2_000
/** Three minutes. */
export const SLOTS = 90

/**
 * What passed over the last minutes, in equal slots of time. It is told counters that only rise, at times that may lie
 * far apart: a hidden page is woken once a minute. What passed in between is spread evenly.
 */
export class RateHistory {
  readonly #down: number[] = Array.from({ length: SLOTS }, () => 0)
  readonly #up: number[] = Array.from({ length: SLOTS }, () => 0)
  /** Number of the newest slot. */
  #newest = 0
  #last: Reading | undefined
  #now: Rates = { down: 0, up: 0 }

  /** The rates between the last two readings. */
  get now(): Rates {
    return this.#now
  }

  /** The slots that are over, oldest first. */
  get slots(): readonly Rates[] {
    return Array.from({ length: SLOTS - 1 }, (_, index) => {
      const at = (this.#newest + 1 + index) % SLOTS
      return { down: perSecond(this.#down[at]), up: perSecond(this.#up[at]) }
    })
  }

  /** `time` in milliseconds of a clock that is never set back; `down` and `up` in bytes since it was turned on. */
  add(reading: Reading): void {
    const last = this.#last ?? reading
    this.#last = reading
    this.#advance(Math.floor(reading.time / SLOT_MS))
    const elapsedMs = reading.time - last.time
    if (elapsedMs <= 0) return
    // Counters that fell belong to another run.
    const isSameRun = reading.down >= last.down && reading.up >= last.up
    const bytesPerMs = (now: number, before: number): number => (isSameRun ? (now - before) / elapsedMs : 0)
    const down = bytesPerMs(reading.down, last.down)
    const up = bytesPerMs(reading.up, last.up)
    this.#now = { down: down * 1_000, up: up * 1_000 }
    for (
      let slot = Math.max(Math.floor(last.time / SLOT_MS), this.#newest - SLOTS + 1);
      slot <= this.#newest;
      slot++
    ) {
      const from = Math.max(last.time, slot * SLOT_MS)
      const until = Math.min(reading.time, (slot + 1) * SLOT_MS)
      const at = slot % SLOTS
      this.#down[at] = (this.#down[at] ?? 0) + down * (until - from)
      this.#up[at] = (this.#up[at] ?? 0) + up * (until - from)
    }
  }

  #advance(slot: number): void {
    for (let next = Math.max(this.#newest + 1, slot - SLOTS + 1); next <= slot; next++) {
      this.#down[next % SLOTS] = 0
      this.#up[next % SLOTS] = 0
    }
    this.#newest = Math.max(this.#newest, slot)
  }
}

function perSecond(bytes: number | undefined): number {
  return ((bytes ?? 0) * 1_000) / SLOT_MS
}
