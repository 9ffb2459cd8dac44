/**
 * Where a line is the limit, packets come one after the other; a carrier that is held back by its own congestion window
 * sends a burst and is silent for the rest of the round trip. So this share of one without anything is a gap.
 */
const GAP_SHARE = 0.6
const LEAST_GAP_MS = 30
/** On shorter paths loss costs little, and a busy processor at either end looks the same. */
const LEAST_ROUND_TRIP_MS = 20
/** So many round trips with a gap, less those without, are a verdict. */
const ROUNDS = 6

/** What one acknowledgement says of the flow on a path. Milliseconds. */
export interface Delivery {
  /** How much later it came than it would have on a line that is always busy. */
  readonly latenessMs: number
  /** Shortest round trip. */
  readonly roundTripMs: number
  /** The sender filled its window, and the rate was not just being found out. */
  readonly steady: boolean
}

/**
 * Tells whether a path carries less than its line would, because packets get lost under its carrier: SCTP halves its
 * congestion window at every loss and hides the rest. Nobody above can count the losses, but the bursts show.
 */
export class Starvation {
  /** Verdicts so far. */
  count = 0
  #rounds = 0
  #gap = false
  #roundEndsAt = 0

  delivered({ latenessMs, roundTripMs, steady }: Delivery, now: number): void {
    if (!steady || roundTripMs < LEAST_ROUND_TRIP_MS) return
    this.#gap ||= latenessMs > Math.max(GAP_SHARE * roundTripMs, LEAST_GAP_MS)
    if (now < this.#roundEndsAt) return
    this.#rounds = this.#gap ? this.#rounds + 1 : Math.max(0, this.#rounds - 1)
    this.#gap = false
    this.#roundEndsAt = now + roundTripMs
    if (this.#rounds < ROUNDS) return
    this.#rounds = 0
    this.count += 1
  }
}
