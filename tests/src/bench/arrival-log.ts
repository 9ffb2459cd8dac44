/** The longest time without anything, and how long it is since the last thing came. Milliseconds. */
export interface Gap {
  readonly longestMs: number
  readonly openMs: number
}

/** When something arrived, in milliseconds since 1970. */
export class ArrivalLog {
  readonly #arrivals: number[] = [now()]

  add(): void {
    this.#arrivals.push(now())
  }

  /** Counts from `since`, or from the last arrival before it. */
  longestGap(since: number): Gap {
    let from = this.#arrivals.findLastIndex((at) => at <= since)
    let longestMs = 0
    for (from = Math.max(from, 0); from + 1 < this.#arrivals.length; from += 1) {
      longestMs = Math.max(longestMs, at(this.#arrivals, from + 1) - at(this.#arrivals, from))
    }
    const openMs = now() - at(this.#arrivals, this.#arrivals.length - 1)
    return { longestMs: Math.max(longestMs, openMs), openMs }
  }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0
}
