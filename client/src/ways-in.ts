import { isFootbridgeError } from '@footbridge/shared'
import type { Meeting, MeetingRequest, WayIn } from './way-in.ts'

/**
 * Several ways in as one: the one that worked last is tried first, the others in turn when signaling cannot be reached
 * through it. What a reachable server says, refusals included, is final.
 */
export class WaysIn implements WayIn {
  readonly #ways: WayIn[]

  constructor(ways: readonly WayIn[]) {
    this.#ways = [...ways]
  }

  async meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting> {
    let failure: unknown
    for (const way of [...this.#ways]) {
      try {
        const meeting = await way.meet(request, signal)
        this.#prefer(way)
        return meeting
      } catch (error) {
        if (signal.aborted || !isFootbridgeError(error, 'unavailable', 'timeout', 'malformed')) throw error
        failure ??= error
      }
    }
    throw failure
  }

  close(): void {
    for (const way of this.#ways) way.close()
  }

  #prefer(way: WayIn): void {
    this.#ways.splice(this.#ways.indexOf(way), 1)
    this.#ways.unshift(way)
  }
}
