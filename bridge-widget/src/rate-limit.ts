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
  readonly #busy: LimitedLane[] = []
  /** Infinite without a limit. */
  #bytesPerMs: number
  #tokens: number
  #filledAt: number
  #cancelTimer: (() => void) | undefined

  /** `undefined` is no limit. */
  constructor(bytesPerSecond: number | undefined, clock: Clock) {
    this.#clock = clock
    this.#bytesPerMs = perMs(bytesPerSecond)
    this.#tokens = this.#burstBytes
    this.#filledAt = clock.now()
  }

  /** Whether everything may go at once. */
  get isOpen(): boolean {
    return this.#bytesPerMs === Number.POSITIVE_INFINITY
  }

  get #burstBytes(): number {
    return this.#bytesPerMs * BURST_MS
  }

  /** From now on, for what waits already as well. */
  setRate(bytesPerSecond: number | undefined): void {
    this.#fill()
    const before = this.#bytesPerMs
    this.#bytesPerMs = perMs(bytesPerSecond)
    // Neither does a slower rate prolong the wait for a debt, nor a faster one leave it as it was.
    if (this.#tokens < 0) this.#tokens *= Math.min(1, this.#bytesPerMs / before)
    if (this.isOpen) this.#tokens = this.#burstBytes
    this.#pump()
  }

  lane(): Lane {
    return new LimitedLane(this, (lane) => {
      this.#busy.push(lane)
      if (!this.#cancelTimer) this.#pump()
    })
  }

  #pump(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#fill()
    let lane = this.#busy[0]
    while (lane !== undefined && this.#tokens > 0) {
      this.#busy.shift()
      this.#tokens -= lane.runNext()
      if (lane.hasWaiting) this.#busy.push(lane)
      lane = this.#busy[0]
    }
    if (lane !== undefined) this.#pumpAgain()
  }

  #pumpAgain(): void {
    const delayMs = Math.ceil(-this.#tokens / this.#bytesPerMs) + 1
    this.#cancelTimer?.()
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#pump())
  }

  #fill(): void {
    const now = this.#clock.now()
    const passedMs = now - this.#filledAt
    this.#filledAt = now
    if (this.isOpen) return
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + passedMs * this.#bytesPerMs)
  }
}

function perMs(bytesPerSecond: number | undefined): number {
  return bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : bytesPerSecond / 1_000
}

class LimitedLane implements Lane {
  readonly #limiter: RateLimiter
  readonly #onBusy: (lane: LimitedLane) => void
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** Whether the limiter has this lane in its round. */
  #inRound = false

  constructor(limiter: RateLimiter, onBusy: (lane: LimitedLane) => void) {
    this.#limiter = limiter
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
    if (this.#limiter.isOpen && !this.#inRound) {
      job()
      return
    }
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
