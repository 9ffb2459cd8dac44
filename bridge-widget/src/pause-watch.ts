import type { Clock } from '@footbridge/shared'
import type { Conditions } from './conditions.ts'
import type { BridgeReason } from './engine-state.ts'
import { pauseReason } from './pause-reason.ts'
import { type Usage, usageOf } from './usage.ts'
import type { UsageRecord } from './usage-record.ts'
import type { VolunteerLimits } from './volunteer-limits.ts'

/** What a bridge has done since it was made. */
export interface Traffic {
  /** Both ways together. */
  readonly bytes: number
  readonly peopleHelped: number
  /** Somebody is being helped at the moment. */
  readonly isHelping: boolean
}

export interface PauseWatchOptions {
  readonly clock: Clock
  readonly limits: VolunteerLimits
  readonly usage: UsageRecord
  readonly conditions?: Conditions | undefined
  traffic(): Traffic
  /** There is another reason to pause than before, or none any more. Only while it runs. */
  onReason(reason: BridgeReason | undefined): void
}

/** So much later than it was reached a quota is noticed. A hidden tab's timers run no more often. */
const HELPING_CHECK_MS = 1_000
/** Every zone is whole minutes from UTC: at a full minute the hour and the day turn. */
const IDLE_CHECK_MS = 60_000
const SAVE_MS = 10_000
/** The most that one look at the clock adds to the time helped: a device may have slept since the last. */
const MOST_GAP_MS = 60_000

/** Counts what a bridge does, and says when it is to pause and when it may go on. */
export class PauseWatch {
  readonly #options: PauseWatchOptions
  #limits: VolunteerLimits
  #reason: BridgeReason | undefined
  #counted: Traffic = { bytes: 0, peopleHelped: 0, isHelping: false }
  #countedAt = 0
  #savedAt = 0
  #runs = false
  #cancelTimer: () => void = () => {}
  #endWatch: () => void = () => {}

  constructor(options: PauseWatchOptions) {
    this.#options = options
    this.#limits = options.limits
  }

  get limits(): VolunteerLimits {
    return this.#limits
  }

  set limits(limits: VolunteerLimits) {
    this.#limits = limits
    this.update()
  }

  /** Why the bridge is not to help, while it runs. */
  get reason(): BridgeReason | undefined {
    return this.#reason
  }

  /** Up to this moment. */
  get usage(): Usage {
    const now = this.#count()
    return this.#options.usage.at(now)
  }

  /** `reason` is known afterwards. */
  start(): void {
    this.#save()
    this.#runs = true
    this.#reason = this.#judge()
    this.#schedule()
    this.#endWatch = this.#options.conditions?.watch(() => this.update()) ?? (() => {})
  }

  /** Looks again, because something has changed. */
  update(): void {
    if (!this.#runs) return
    const reason = this.#judge()
    const { clock } = this.#options
    const hasChanged = reason !== this.#reason
    if (hasChanged || clock.now() - this.#savedAt >= SAVE_MS) this.#save()
    this.#reason = reason
    if (hasChanged) this.#options.onReason(reason)
    this.#schedule()
  }

  stop(): void {
    if (!this.#runs) return
    this.#runs = false
    this.#reason = undefined
    this.#cancelTimer()
    this.#endWatch()
    this.#save()
  }

  #judge(): BridgeReason | undefined {
    const { conditions } = this.#options
    const { usage } = this
    return pauseReason({ limits: this.#limits, usage, conditions, at: this.#options.clock.wallNow() })
  }

  #save(): void {
    this.#options.usage.save(this.#count())
    this.#savedAt = this.#options.clock.now()
  }

  /** Adds what was done since the last time. Returns the moment that it counts for. */
  #count(): number {
    const { clock, traffic, usage } = this.#options
    const [now, at, before, after] = [clock.now(), clock.wallNow(), this.#counted, traffic()]
    const done = {
      bytes: after.bytes - before.bytes,
      peopleHelped: after.peopleHelped - before.peopleHelped,
      seconds: before.isHelping ? Math.min(now - this.#countedAt, MOST_GAP_MS) / 1_000 : 0,
    }
    this.#counted = after
    this.#countedAt = now
    if (done.bytes + done.peopleHelped + done.seconds > 0) usage.add(usageOf(done, at), at)
    return at
  }

  #schedule(): void {
    this.#cancelTimer()
    if (!this.#runs) return
    const { clock, traffic } = this.#options
    const delayMs = traffic().isHelping ? HELPING_CHECK_MS : IDLE_CHECK_MS - (clock.wallNow() % IDLE_CHECK_MS)
    this.#cancelTimer = clock.after(delayMs, () => this.update())
  }
}
