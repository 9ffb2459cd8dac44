import {
  type Clock,
  CloseCode,
  encodeBase64Url,
  MAX_PAGE_OUTCOMES,
  type OutcomePage,
  PATH_PROVEN_MS,
  type PathOutcome,
} from '@footbridge/shared'

/** A path that carries packets. */
export interface WatchedPath {
  /** Bytes that it carried, both ways. */
  bytes(): number
  /** Asked a while after its end: whether the session goes on over other paths. */
  isOutlived(): boolean
}

/** Outcomes remembered: at one page every ten seconds, 5,000 new paths a second. */
const MAX_OUTCOMES = 50_000
/** Time after which the other paths of a client that is gone are gone as well: they are probed every 10 s, and dead 3 s later. */
const AFTERMATH_MS = 15_000

/** Ends that somebody wanted. */
const IN_GOOD_ORDER: ReadonlySet<CloseCode> = new Set([
  CloseCode.done,
  CloseCode.leaving,
  CloseCode.limit,
  CloseCode.shutdown,
])

/** Sees what becomes of each path, and keeps it for signaling to ask. */
export class PathOutcomes {
  readonly #clock: Clock
  readonly #maxOutcomes: number
  /** By number; the oldest is the first. */
  readonly #outcomes = new Map<number, PathOutcome>()
  readonly #timers = new Set<() => void>()
  /** Number of the latest. Starts with the time, so that numbers from before a restart are lower. */
  #last: number

  constructor(clock: Clock, maxOutcomes: number = MAX_OUTCOMES) {
    this.#clock = clock
    this.#maxOutcomes = maxOutcomes
    this.#last = clock.wallNow()
  }

  /** A ticket has opened a path that carries packets. What it gives back is to be called once, with why the path ended. */
  watch(ticketId: Uint8Array, path: WatchedPath): (code: CloseCode) => void {
    const ticket = encodeBase64Url(ticketId)
    const note = (type: PathOutcome['type']): void => this.#note({ ticket, type, bytes: path.bytes() })
    let proven = false
    const cancel = this.#after(PATH_PROVEN_MS, () => {
      proven = true
      note('lived')
    })
    return (code) => {
      cancel()
      if (proven) return
      if (IN_GOOD_ORDER.has(code)) note('ended')
      else this.#after(AFTERMATH_MS, () => note(path.isOutlived() ? 'broke' : 'ended'))
    }
  }

  /** What was seen after the outcome with the number `after`, the earliest first; without one, all that is remembered. */
  page(after?: number): OutcomePage {
    const [oldest = this.#last + 1] = this.#outcomes.keys()
    // One from the future is from before a restart, by a clock that was ahead.
    const isGap = after !== undefined && (after + 1 < oldest || after > this.#last)
    const first = after === undefined || isGap ? oldest : after + 1
    const outcomes: PathOutcome[] = []
    for (let number = first; number <= this.#last && outcomes.length < MAX_PAGE_OUTCOMES; number++) {
      const outcome = this.#outcomes.get(number)
      if (outcome) outcomes.push(outcome)
    }
    return { next: first + outcomes.length - 1, missed: isGap, outcomes }
  }

  /** Waits for nothing more. */
  close(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }

  #note(outcome: PathOutcome): void {
    this.#last += 1
    this.#outcomes.set(this.#last, outcome)
    if (this.#outcomes.size <= this.#maxOutcomes) return
    const [oldest = 0] = this.#outcomes.keys()
    this.#outcomes.delete(oldest)
  }

  #after(delayMs: number, fire: () => void): () => void {
    const stop = this.#clock.after(delayMs, () => {
      this.#timers.delete(stop)
      fire()
    })
    this.#timers.add(stop)
    return () => {
      this.#timers.delete(stop)
      stop()
    }
  }
}
