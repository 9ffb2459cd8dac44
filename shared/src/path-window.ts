import { MAX_PACKET_BYTES, MAX_PATH_WINDOW_BYTES } from './constants.ts'

/** Round trip and rate assumed before the first sample. */
const INITIAL_ROUND_TRIP_MS = 100
const INITIAL_RATE = 1_000
/** In flight before the first sample, and at least at all times. */
const INITIAL_WINDOW_BYTES = 262_144
const LEAST_WINDOW_BYTES = 65_536
/** Queue to keep at the bottleneck: it is what shows when the path has become quicker. */
const QUEUE_TARGET_MS = 30
/** A rate counts for this many round trips, then it is forgotten. */
const RATE_MEMORY_ROUND_TRIPS = 10
const LEAST_RATE_MEMORY_MS = 1_000
/** While the rate grows by this much in a round trip, the window doubles. */
const GROWTH = 1.25
/** A packet takes the bottleneck at most this long, so that urgent ones need not wait behind it. */
const PACKET_MS = 20
const LEAST_PACKET_BYTES = 4_096
const FIRST_PACKET_BYTES = 16_384

/** One acknowledgement's worth of measurement. */
export interface DeliverySample {
  /** From the sending of the newest acknowledged packet to now. */
  readonly elapsedMs: number
  /** Time in which `bytes` were sent or delivered, whichever took longer: acknowledgements may come in bursts. */
  readonly deliveryMs: number
  readonly bytes: number
  /** Whether the window was what limited the sender. Otherwise the rate says nothing about the path. */
  readonly limited: boolean
}

/**
 * How much to keep in flight on a path: about what it delivers in its shortest round trip and a small queueing target,
 * after BBR (draft-ietf-ccwg-bbr), without its probing: the standing target is the probe. Bytes and milliseconds.
 */
export class PathWindow {
  /** Smoothed round trip (RFC 6298's filter). */
  roundTripMs: number = INITIAL_ROUND_TRIP_MS
  /** Shortest one seen. */
  leastRoundTripMs: number = Number.POSITIVE_INFINITY
  #sampled = false
  #best = 0
  #bestBefore = 0
  #bestSince = 0
  #growing = true
  #rateAtRound = 0
  #roundEndsAt = 0

  /** Best recent delivery rate. */
  get rate(): number {
    return this.#sampled ? Math.max(this.#best, this.#bestBefore) : INITIAL_RATE
  }

  get bytes(): number {
    if (!this.#sampled) return INITIAL_WINDOW_BYTES
    const wanted = this.rate * (this.leastRoundTripMs + QUEUE_TARGET_MS) * (this.#growing ? 2 : 1)
    return Math.floor(Math.min(Math.max(wanted, LEAST_WINDOW_BYTES), MAX_PATH_WINDOW_BYTES))
  }

  /** Largest packet worth sending. */
  get packetBytes(): number {
    if (!this.#sampled) return FIRST_PACKET_BYTES
    return Math.floor(Math.min(Math.max(this.rate * PACKET_MS, LEAST_PACKET_BYTES), MAX_PACKET_BYTES))
  }

  sample({ elapsedMs, deliveryMs, bytes, limited }: DeliverySample, now: number): void {
    const elapsed = Math.max(elapsedMs, 0.1)
    this.roundTripMs = this.#sampled ? this.roundTripMs * 0.875 + elapsed * 0.125 : elapsed
    this.leastRoundTripMs = Math.min(this.leastRoundTripMs, elapsed)
    this.#sampled = true
    const rate = bytes / Math.max(deliveryMs, 0.1)
    if (!limited && rate <= this.rate) return
    this.#forget(now)
    this.#best = Math.max(this.#best, rate)
    this.#judgeGrowth(now)
  }

  #forget(now: number): void {
    const memoryMs = Math.max(RATE_MEMORY_ROUND_TRIPS * this.roundTripMs, LEAST_RATE_MEMORY_MS)
    if (now - this.#bestSince < memoryMs) return
    this.#bestBefore = this.#best
    this.#best = 0
    this.#bestSince = now
  }

  #judgeGrowth(now: number): void {
    if (now < this.#roundEndsAt) return
    this.#growing = this.rate >= this.#rateAtRound * GROWTH
    this.#rateAtRound = this.rate
    this.#roundEndsAt = now + this.roundTripMs
  }
}
