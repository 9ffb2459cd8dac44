import type { BridgeStatus } from './attached-bridge.ts'

export interface Traffic {
  /** Bytes so far, over all bridges that there were. */
  readonly sent: number
  readonly received: number
  /** Bytes per second of late. */
  readonly sentRate: number
  readonly receivedRate: number
}

const MS_PER_SECOND = 1_000
/** Over less time than this a rate says nothing. */
const LEAST_RATE_MS = 500

/** Adds up what the bridges carry, whose own counts go with them. Misses what a bridge carried since the last sample before it went. */
export class TrafficMeter {
  #last: ReadonlyMap<string, BridgeStatus> = new Map()
  #sent = 0
  #received = 0
  /** As they were when the rates were found out last. */
  #rated: { readonly at: number; readonly sent: number; readonly received: number } | undefined
  #sentRate = 0
  #receivedRate = 0

  sample(paths: readonly BridgeStatus[], now: number): Traffic {
    for (const { bridgeId, sent, received } of paths) {
      const before = this.#last.get(bridgeId)
      // Less than before: one of several associations with the bridge has gone, with its count.
      this.#sent += Math.max(0, sent - (before?.sent ?? 0))
      this.#received += Math.max(0, received - (before?.received ?? 0))
    }
    this.#last = new Map(paths.map((path) => [path.bridgeId, path]))
    this.#rate(now)
    return {
      sent: this.#sent,
      received: this.#received,
      sentRate: this.#sentRate,
      receivedRate: this.#receivedRate,
    }
  }

  #rate(now: number): void {
    const before = this.#rated
    const elapsedMs = before === undefined ? 0 : now - before.at
    if (before !== undefined && elapsedMs < LEAST_RATE_MS) return
    if (before !== undefined) {
      this.#sentRate = ((this.#sent - before.sent) / elapsedMs) * MS_PER_SECOND
      this.#receivedRate = ((this.#received - before.received) / elapsedMs) * MS_PER_SECOND
    }
    this.#rated = { at: now, sent: this.#sent, received: this.#received }
  }
}
