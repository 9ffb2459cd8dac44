import { MAX_PACKET_BYTES, MAX_PATH_WINDOW_BYTES } from './constants.ts'

/** Round trip and rate assumed before the first sample. */
const INITIAL_ROUND_TRIP_MS = 100
const INITIAL_RATE = 1_000
/** In flight before the rate was measured, and at least at all times. */
const INITIAL_WINDOW_BYTES = 262_144
const LEAST_WINDOW_BYTES = 32_768
/** The last packet and a few urgent ones may go over the window, and must not go over the protocol's. */
const MOST_WINDOW_BYTES = MAX_PATH_WINDOW_BYTES - 2 * MAX_PACKET_BYTES
/**
 * Queue to keep at the bottleneck, as time and as a share of the round trip: it is what shows when the path has become
 * quicker. It also has to cover what a full packet takes on its way besides, and the delay of its acknowledgement.
 */
const LEAST_QUEUE_MS = 25
const QUEUE_SHARE = 0.25
/** On short paths a longer queue hurts nobody, and processors at both ends are busy with other things for as long. */
const LEAST_TARGET_MS = 60
/** A rate is measured over a round trip, and over no less than this: acknowledgements come up to 5 ms late, and in bursts. */
const LEAST_ROUND_MS = 60
/** A rate counts for this many of the shortest round trips, then it is forgotten. */
const RATE_MEMORY_ROUND_TRIPS = 10
const LEAST_RATE_MEMORY_MS = 1_000
/** While less of that queue shows, the window is what limits the rate: it doubles. */
const QUEUE_SEEN_SHARE = 0.5
const GROWTH = 2
/** A packet takes the bottleneck at most this long, so that urgent ones need not wait behind it. */
const PACKET_MS = 5
const LEAST_PACKET_BYTES = 4_096
const FIRST_PACKET_BYTES = 16_384

/** What one acknowledgement tells. Bytes and milliseconds. */
export interface DeliverySample {
  /** All that was delivered so far. */
  readonly delivered: number
  /** When the newest packet of it was sent. */
  readonly sentAt: number
  /** Whether the window was full since the last one. If it never is, the rate says nothing about the path. */
  readonly filled: boolean
}

/** A time over which the rate is measured. */
interface Round {
  readonly startedAt: number
  /** When the newest packet that had been delivered then was sent. */
  readonly sentAt: number
  readonly delivered: number
  filled: boolean
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
  #round: Round | undefined

  /** Best recent delivery rate. */
  get rate(): number {
    return this.#measured ? Math.max(this.#best, this.#bestBefore) : INITIAL_RATE
  }

  /** There is no queue, so the rate is still being found out. */
  get isGrowing(): boolean {
    return this.roundTripMs < this.leastRoundTripMs + QUEUE_SEEN_SHARE * this.#queueMs
  }

  get bytes(): number {
    if (!this.#measured) return INITIAL_WINDOW_BYTES
    const wanted = this.rate * (this.leastRoundTripMs + this.#queueMs) * (this.isGrowing ? GROWTH : 1)
    return Math.floor(Math.min(Math.max(wanted, LEAST_WINDOW_BYTES), MOST_WINDOW_BYTES))
  }

  /** Largest packet worth sending. */
  get packetBytes(): number {
    if (!this.#measured) return FIRST_PACKET_BYTES
    return Math.floor(Math.min(Math.max(this.rate * PACKET_MS, LEAST_PACKET_BYTES), MAX_PACKET_BYTES))
  }

  /** Nothing was in flight, and now something is: time without anything to deliver does not count. */
  begin(delivered: number, now: number): void {
    this.#round = { startedAt: now, sentAt: now, delivered, filled: false }
  }

  sample({ delivered, sentAt, filled }: DeliverySample, now: number): void {
    const elapsed = Math.max(now - sentAt, 0.1)
    this.roundTripMs = this.#sampled ? this.roundTripMs * 0.875 + elapsed * 0.125 : elapsed
    this.leastRoundTripMs = Math.min(this.leastRoundTripMs, elapsed)
    this.#sampled = true
    const round = this.#round
    if (round === undefined) return
    round.filled ||= filled
    if (now - round.startedAt < Math.max(this.leastRoundTripMs, LEAST_ROUND_MS)) return
    this.#round = { startedAt: now, sentAt, delivered, filled: false }
    // Whichever took longer: what was held up on its way comes in a burst.
    const rate = (delivered - round.delivered) / Math.max(now - round.startedAt, sentAt - round.sentAt)
    if (!round.filled && rate <= this.rate) return
    this.#forget(now)
    this.#best = Math.max(this.#best, rate)
  }

  get #queueMs(): number {
    const least = this.leastRoundTripMs
    return Math.max(LEAST_QUEUE_MS, QUEUE_SHARE * least, LEAST_TARGET_MS - least)
  }

  get #measured(): boolean {
    return this.#best > 0 || this.#bestBefore > 0
  }

  #forget(now: number): void {
    const memoryMs = Math.max(RATE_MEMORY_ROUND_TRIPS * this.leastRoundTripMs, LEAST_RATE_MEMORY_MS)
    if (now - this.#bestSince < memoryMs) return
    this.#bestBefore = this.#best
    this.#best = 0
    this.#bestSince = now
  }
}
