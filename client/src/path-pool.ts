import {
  Backoff,
  type Clock,
  CloseCode,
  type FootbridgeError,
  isFootbridgeError,
  type PathListener,
} from '@footbridge/shared'
import type { Meeting, MeetingRequest, Met, Refusal } from './way-in.ts'

/** Rendezvous under way at once. */
const MAX_MEETINGS = 2
/** From the offer to an open data channel, failing over included. */
const MEETING_TIMEOUT_MS = 20_000
/** Longest wait between attempts while there is at least one path … */
const MOST_WAIT_MS = 30_000
/** … and while there is none and a person waits. */
const MOST_WAIT_WITHOUT_PATH_MS = 3_000
const FIRST_WAIT_MS = 500
/** Bridges attached at most, silent ones included. */
const MAX_ATTACHED = 12
/** Bridges that broke the protocol, not to be met again; the oldest is forgotten first. */
const MAX_BAD_BRIDGES = 16

/** Why a meeting did not come about, for people and for the error of `connect`. */
export type Trouble = Refusal['reason'] | FootbridgeError['code']

export interface PathPoolOptions {
  /** Bridges to keep attached. */
  readonly size: number
  readonly clock: Clock
  readonly random: () => number
  meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting>
  /** The egress that the next path must lead to, if a session runs. */
  egress(): string | undefined
  /** Takes a new path over, and tells its listener what becomes of it. What it throws counts as a failed meeting. */
  attach(meeting: Met, listener: PathListener): void
  /** A meeting did not come about. */
  onTrouble(trouble: Trouble): void
}

/** Keeps a number of bridges attached: meets new ones as old ones go, a few at a time, ever slower while it fails. */
export class PathPool {
  readonly #options: PathPoolOptions
  readonly #attached: Set<string> = new Set()
  /** Those of them that have fallen silent: a replacement does not wait until they are dead. */
  readonly #silent: Set<string> = new Set()
  readonly #bad: Set<string> = new Set()
  readonly #stopping = new AbortController()
  readonly #backoff: Backoff
  readonly #urgentBackoff: Backoff
  #meetings = 0
  #cancelWait: (() => void) | undefined

  constructor(options: PathPoolOptions) {
    this.#options = options
    const { random } = options
    this.#backoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_MS, random })
    this.#urgentBackoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_WITHOUT_PATH_MS, random })
    this.#fill()
  }

  /** Gives up what is under way; attached paths stay. */
  stop(): void {
    this.#cancelWait?.()
    this.#stopping.abort()
  }

  #fill(): void {
    if (this.#stopping.signal.aborted || this.#cancelWait !== undefined) return
    const { size } = this.#options
    while (
      this.#meetings < MAX_MEETINGS &&
      this.#well + this.#meetings < size &&
      this.#attached.size < MAX_ATTACHED
    ) {
      this.#meetings += 1
      void this.#meet()
    }
  }

  get #well(): number {
    return this.#attached.size - this.#silent.size
  }

  async #meet(): Promise<void> {
    const deadline = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(MEETING_TIMEOUT_MS)])
    const request = { avoid: [...this.#attached, ...this.#bad], egress: this.#options.egress(), faulty: [] }
    try {
      const meeting = await this.#options.meet(request, deadline).finally(() => {
        this.#meetings -= 1
      })
      if (meeting.type === 'refused') this.#wait(meeting.retryAfterMs, meeting.reason)
      else this.#attach(meeting)
    } catch (error) {
      this.#wait(0, isFootbridgeError(error) ? error.code : 'unavailable')
    }
  }

  #attach(meeting: Met): void {
    const { bridgeId, carrier } = meeting
    // Two rendezvous at once may have led to one bridge: a second path over it would not be a spare.
    if (this.#stopping.signal.aborted || this.#attached.has(bridgeId)) {
      carrier.close(CloseCode.done)
      this.#wait(0, 'no-bridge')
      return
    }
    this.#attached.add(bridgeId)
    try {
      this.#options.attach(meeting, this.#listener(bridgeId))
    } catch (error) {
      this.#attached.delete(bridgeId)
      carrier.close(CloseCode.done)
      throw error
    }
    this.#fill()
  }

  #listener(bridgeId: string): PathListener {
    let working = false
    return {
      working: () => {
        working = true
        // Not before: an egress that is full lets every bridge connect, only to close what it carries.
        this.#backoff.reset()
        this.#urgentBackoff.reset()
      },
      suspect: (suspect) => {
        if (suspect) this.#silent.add(bridgeId)
        else this.#silent.delete(bridgeId)
        this.#lost()
      },
      end: (code) => {
        this.#attached.delete(bridgeId)
        this.#silent.delete(bridgeId)
        if (code === CloseCode.faulty || code === CloseCode.timeout) this.#remember(bridgeId)
        if (working) this.#lost()
        else this.#wait(0, code === CloseCode.limit ? 'limit' : 'no-bridge')
      },
    }
  }

  /** A path went, or seems to. If it was the last, there is more reason to try now than whatever the wait was for. */
  #lost(): void {
    if (this.#well === 0) this.#hurry()
    this.#fill()
  }

  #remember(bridgeId: string): void {
    this.#bad.add(bridgeId)
    const [oldest] = this.#bad
    if (oldest !== undefined && this.#bad.size > MAX_BAD_BRIDGES) this.#bad.delete(oldest)
  }

  #hurry(): void {
    this.#cancelWait?.()
    this.#cancelWait = undefined
  }

  #wait(leastMs: number, trouble: Trouble): void {
    if (this.#stopping.signal.aborted) return
    const urgent = this.#well === 0
    // A bridge may come any moment; whatever else the server gives as its reason lasts as long as it says.
    const least = urgent && trouble === 'no-bridge' ? Math.min(leastMs, MOST_WAIT_WITHOUT_PATH_MS) : leastMs
    const delayMs = (urgent ? this.#urgentBackoff : this.#backoff).next(least)
    this.#hurry()
    this.#cancelWait = this.#options.clock.after(delayMs, () => {
      this.#cancelWait = undefined
      this.#fill()
    })
    this.#options.onTrouble(trouble)
  }
}
