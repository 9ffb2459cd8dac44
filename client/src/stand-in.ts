import { Backoff, type Clock } from '@footbridge/shared'

export interface StandInOptions {
  /** Origins of the standing bridges that the network has now. */
  origins(): readonly string[]
  readonly clock: Clock
  readonly random: () => number
  /** It may be time for `next`. */
  onDue(): void
}

/** While no bridge works by WebRTC for so long, a standing one is met beside … */
const STAND_IN_AFTER_MS = 3_000
/** … and two of them in all: one dies, the other already carries data. */
const MAX_STANDING = 2
/** Once a bridge works by WebRTC for so long, they are let go. */
const RELIEVE_AFTER_MS = 5_000
const FIRST_WAIT_MS = 500
const MOST_WAIT_MS = 30_000

/** Decides when a client needs standing bridges beside those that it meets by WebRTC, and which. */
export class StandIn {
  readonly #options: StandInOptions
  readonly #backoff: Backoff
  /** Those in use or being met. */
  readonly #taken: Set<string> = new Set()
  /** Those that failed, the latest last: to be tried after all others. */
  #failed: string[] = []
  /** Since when nothing works by WebRTC; `undefined` while something does. */
  #aloneSince: number | undefined
  #worksSince: number | undefined
  #stopped = false
  #waitUntil = Number.NEGATIVE_INFINITY
  #timer: { readonly at: number; readonly cancel: () => void } | undefined

  constructor(options: StandInOptions) {
    this.#options = options
    this.#backoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_MS, random: options.random })
    this.#aloneSince = options.clock.now()
  }

  /** Whether a bridge works by WebRTC, as it is now. */
  update(works: boolean): void {
    const now = this.#options.clock.now()
    if (works) {
      this.#aloneSince = undefined
      this.#worksSince ??= now
    } else {
      this.#aloneSince ??= now
      this.#worksSince = undefined
    }
    this.#wakeInTime()
  }

  /** A meeting by WebRTC came to nothing: no reason to wait any longer. */
  hurry(): void {
    if (this.#aloneSince !== undefined) this.#aloneSince = Number.NEGATIVE_INFINITY
  }

  /** The origin to meet now, if any; taken until it is `released`. */
  next(): string | undefined {
    if (!this.#isDue || this.#taken.size >= MAX_STANDING) return undefined
    const free = this.#options.origins().filter((origin) => !this.#taken.has(origin))
    const fresh = free.filter((origin) => !this.#failed.includes(origin))
    // Anywhere among those that did not fail, so that clients spread.
    const origin = fresh[Math.floor(this.#options.random() * fresh.length)] ?? this.#longestFailed(free)
    if (origin !== undefined) this.#taken.add(origin)
    return origin
  }

  /** It works. */
  worked(origin: string): void {
    this.#backoff.reset()
    this.#failed = this.#failed.filter((other) => other !== origin)
  }

  /** It is no longer in use. `failed`: not because it was no longer needed. */
  released(origin: string, failed: boolean): void {
    this.#taken.delete(origin)
    if (!failed) return
    const known = this.#options.origins()
    this.#failed = [...this.#failed.filter((other) => other !== origin && known.includes(other)), origin]
    this.#waitUntil = this.#options.clock.now() + this.#backoff.next()
    this.#wakeInTime()
  }

  /** Whether those in use are no longer needed. */
  get isRelieved(): boolean {
    return this.#worksSince !== undefined && this.#options.clock.now() >= this.#worksSince + RELIEVE_AFTER_MS
  }

  /** Says no more. */
  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  get #dueAt(): number {
    if (this.#aloneSince === undefined) return Number.POSITIVE_INFINITY
    return Math.max(this.#aloneSince + STAND_IN_AFTER_MS, this.#waitUntil)
  }

  get #isDue(): boolean {
    return this.#options.clock.now() >= this.#dueAt
  }

  #cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #longestFailed(free: readonly string[]): string | undefined {
    return this.#failed.find((origin) => free.includes(origin))
  }

  /** When to stand in, or to be relieved, whichever is ahead. Without standing bridges there is nothing to wait for. */
  #wakeInTime(): void {
    const now = this.#options.clock.now()
    const { size } = this.#taken
    const wantsMore = size < MAX_STANDING && this.#options.origins().length > size
    const relieveAt = size > 0 && this.#worksSince !== undefined ? this.#worksSince + RELIEVE_AFTER_MS : 0
    const at = wantsMore && this.#dueAt !== Number.POSITIVE_INFINITY ? this.#dueAt : relieveAt
    if (this.#timer?.at === at) return
    this.#cancel()
    if (at <= now || this.#stopped) return
    const cancel = this.#options.clock.after(at - now, () => {
      this.#timer = undefined
      this.#options.onDue()
    })
    this.#timer = { at, cancel }
  }
}
