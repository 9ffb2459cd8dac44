import type { Clock, ProbeReport } from '@footbridge/shared'
import { type Log, roundUp } from '@footbridge/shared/node'
import type { MinuteRow, StatusStore } from './status-store.ts'

export const MINUTE_MS = 60_000
/** A day longer than the longest span that is shown. */
export const RETENTION_MINUTES: number = 32 * 24 * 60

export interface StatusRecorderOptions {
  readonly store: StatusStore
  /** Bridges at the moment. */
  readonly bridges: () => number
  /** People helped since the start, rounded already. */
  readonly people: () => number
  readonly clock: Clock
  readonly log: Log
}

/**
 * Writes down once a minute how many bridges and people there are, and what probes report. What cannot be written is
 * lost: a full disk is no reason to introduce nobody.
 */
export class StatusRecorder {
  readonly #options: StatusRecorderOptions
  #peopleBefore: number
  #cancelTick: () => void = () => {}

  constructor(options: StatusRecorderOptions) {
    this.#options = options
    this.#peopleBefore = options.people()
    this.#cancelTick = options.clock.after(0, () => this.#tick())
  }

  probed(report: ProbeReport): void {
    this.#write((store, minute) => store.addProbe(minute, report))
  }

  /** The rows from one minute to before another, in the order of time. */
  between(from: number, to: number): MinuteRow[] {
    return this.#options.store.between(from, to)
  }

  /** Minutes since 1970. */
  get minute(): number {
    return Math.floor(this.#options.clock.wallNow() / MINUTE_MS)
  }

  /** Closes the store as well. Idempotent. */
  close(): void {
    this.#cancelTick()
    this.#options.store.close()
  }

  #tick(): void {
    const { clock, bridges, people } = this.#options
    const peopleNow = people()
    const counts = { bridges: roundUp(bridges()), people: peopleNow - this.#peopleBefore }
    this.#peopleBefore = peopleNow
    this.#write((store, minute) => {
      store.addCounts(minute, counts)
      store.forgetBefore(minute - RETENTION_MINUTES)
    })
    this.#cancelTick = clock.after(MINUTE_MS - (clock.wallNow() % MINUTE_MS), () => this.#tick())
  }

  #write(write: (store: StatusStore, minute: number) => void): void {
    try {
      write(this.#options.store, this.minute)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'failed to write down the status')
    }
  }
}
