import { isFootbridgeError } from '@footbridge/shared'
import type { Meeting, MeetingRequest, WayIn } from './way-in.ts'

/** After these another way may do better. */
const FAILURES = ['unavailable', 'timeout', 'malformed', 'too-large', 'protocol'] as const

/**
 * Several ways in as one: the one that worked last is tried first, the others in turn when signaling cannot be reached
 * through it, those that failed longest ago first. Before any has worked, meetings that begin together take different
 * ones: the quickest serves first. What a reachable server says, refusals included, is final.
 */
export class WaysIn implements WayIn {
  readonly #ways: WayIn[]
  /** Those on which a meeting is under way, as often as there are. */
  readonly #underWay: WayIn[] = []
  #worked = false

  constructor(ways: readonly WayIn[]) {
    this.#ways = [...ways]
  }

  async meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting> {
    let failure: unknown
    for (const way of this.#inOrder) {
      try {
        const meeting = await this.#meet(way, request, signal)
        this.#worked = true
        this.#remove(way)
        this.#ways.unshift(way)
        return meeting
      } catch (error) {
        // A way that keeps silent is cut off by the deadline of the whole: the next meeting must not begin with it again.
        const failed = signal.aborted || isFootbridgeError(error, ...FAILURES)
        if (failed) {
          this.#remove(way)
          this.#ways.push(way)
        }
        if (signal.aborted || !failed) throw error
        failure ??= error
      }
    }
    throw failure
  }

  close(): void {
    for (const way of this.#ways) way.close()
  }

  get #inOrder(): WayIn[] {
    if (this.#worked) return [...this.#ways]
    const taken = (way: WayIn): number => this.#underWay.filter((other) => other === way).length
    return this.#ways.toSorted((a, b) => taken(a) - taken(b))
  }

  async #meet(way: WayIn, request: MeetingRequest, signal: AbortSignal): Promise<Meeting> {
    this.#underWay.push(way)
    try {
      return await way.meet(request, signal)
    } finally {
      this.#underWay.splice(this.#underWay.indexOf(way), 1)
    }
  }

  #remove(way: WayIn): void {
    this.#ways.splice(this.#ways.indexOf(way), 1)
  }
}
