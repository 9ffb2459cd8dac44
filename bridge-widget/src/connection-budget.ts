import type { Clock } from '@footbridge/shared'

/** Of the 500 RTCPeerConnections that a browser lets one page have. The rest is the host page's. */
const MAX_PEER_CONNECTIONS = 450

/** Of what others of the page have spent nothing is told: after so long it is worth another try. */
const FORGIVE_MS = 300_000

/** As WebRTC's `wrtc` of simple-peer. */
type Connections = { readonly RTCPeerConnection: new (...args: never[]) => object }

/**
 * Counts the WebRTC connections of one page, over every engine that ran in it. Closed ones count until the browser has
 * collected them, which it does in its own time (Chromium within half a minute of having nothing to do), and of which
 * this learns. Who has spent it all waits until half of it is back, lest every single one be waited for.
 */
export class ConnectionBudget {
  readonly #limit: number
  readonly #waiting = new Set<() => void>()
  readonly #collected = new FinalizationRegistry(() => this.#regain())
  #used = 0
  #isSpent: boolean

  constructor(limit: number = MAX_PEER_CONNECTIONS) {
    this.#limit = limit
    this.#isSpent = limit === 0
  }

  get isSpent(): boolean {
    return this.#isSpent
  }

  /** `connections` whose every RTCPeerConnection is counted. */
  counting<T extends Connections>(connections: T): T {
    const construct = (target: T['RTCPeerConnection'], args: never[]): object => {
      const connection = new target(...args)
      this.#collected.register(connection, undefined)
      this.#used += 1
      this.#isSpent ||= this.#used >= this.#limit
      return connection
    }
    return { ...connections, RTCPeerConnection: new Proxy(connections.RTCPeerConnection, { construct }) }
  }

  /** The browser itself refused to make one more: others of the page have spent the rest. */
  exhaust(): void {
    this.#isSpent = true
  }

  /** Calls `then` once, when it is no longer spent. The result calls that off. */
  whenRegained(clock: Clock, then: () => void): () => void {
    const forgive = (): (() => void) =>
      clock.after(FORGIVE_MS, () => {
        cancel = forgive()
        this.#forgive()
      })
    let cancel = forgive()
    const onRegained = (): void => {
      stop()
      then()
    }
    const stop = (): void => {
      cancel()
      this.#waiting.delete(onRegained)
    }
    this.#waiting.add(onRegained)
    return stop
  }

  #regain(): void {
    this.#used -= 1
    if (this.#used <= this.#limit / 2) this.#forgive()
  }

  #forgive(): void {
    if (!this.#isSpent || this.#used >= this.#limit) return
    this.#isSpent = false
    for (const onRegained of [...this.#waiting]) onRegained()
  }
}
