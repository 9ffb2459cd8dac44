import type { Clock } from '@footbridge/shared'

/** One direction of one relay. Its jobs run in order, when the rate allows. */
export interface Lane {
  /** Bytes of the jobs that wait. The caller bounds them. */
  readonly waitingBytes: number
  /** Runs `job`, which sends `bytes`: at once if nothing waits and the rate allows it, else later. */
  run(bytes: number, job: () => void): void
  /** Forgets what waits. */
  clear(): void
}

/** Without a limit every job runs at once. */
export const OPEN_LANE: Lane = {
  waitingBytes: 0,
  run: (_bytes, job) => job(),
  clear: () => {},
}

// What may be sent at once after a pause. A hidden tab's timers run once a second, so less would lower the rate.
const BURST_MS = 1_000

interface Waiting {
  readonly bytes: number
  readonly job: () => void
}

/**
 * A token bucket shared by all lanes, which take turns: a busy client does not hold up a quiet one. A packet may
 * go while any token is left, and its debt delays the next; so packets larger than a burst pass too.
 */
export class RateLimiter {
  readonly #clock: Clock
  readonly #bytesPerMs: number
  readonly #burstBytes: number
  readonly #busy: LimitedLane[] = []
  #tokens: number
  #filledAt: number
  #waitsForTokens = false

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#clock = clock
    this.#bytesPerMs = bytesPerSecond / 1_000
    this.#burstBytes = this.#bytesPerMs * BURST_MS
    this.#tokens = this.#burstBytes
    this.#filledAt = clock.now()
  }

  lane(): Lane {
    return new LimitedLane((lane) => {
      this.#busy.push(lane)
      if (!this.#waitsForTokens) this.#pump()
    })
  }

  #pump(): void {
    this.#fill()
    let lane = this.#busy[0]
    while (lane !== undefined && this.#tokens > 0) {
      this.#busy.shift()
      this.#tokens -= lane.runNext()
      if (lane.hasWaiting) this.#busy.push(lane)
      lane = this.#busy[0]
    }
    this.#waitsForTokens = lane !== undefined
    if (!this.#waitsForTokens) return
    const delayMs = Math.ceil(-this.#tokens / this.#bytesPerMs) + 1
    this.#clock.after(delayMs, () => this.#pump())
  }

  #fill(): void {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + (now - this.#filledAt) * this.#bytesPerMs)
    this.#filledAt = now
  }
}

class LimitedLane implements Lane {
  readonly #onBusy: (lane: LimitedLane) => void
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** Whether the limiter has this lane in its round. */
  #inRound = false

  constructor(onBusy: (lane: LimitedLane) => void) {
    this.#onBusy = onBusy
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  get hasWaiting(): boolean {
    this.#inRound = this.#waiting.length > 0
    return this.#inRound
  }

  run(bytes: number, job: () => void): void {
    this.#waiting.push({ bytes, job })
    this.#waitingBytes += bytes
    if (this.#inRound) return
    this.#inRound = true
    this.#onBusy(this)
  }

  /** Runs the oldest job and tells how many bytes it sent. */
  runNext(): number {
    const next = this.#waiting.shift()
    if (next === undefined) return 0
    this.#waitingBytes -= next.bytes
    next.job()
    return next.bytes
  }

  clear(): void {
    this.#waiting = []
    this.#waitingBytes = 0
  }
}
