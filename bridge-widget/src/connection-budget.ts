/**
 * A browser page may construct 500 RTCPeerConnections; closed ones count until they are garbage-collected, which
 * nobody can see or hasten. So the bridge stops well before, and leaves the host page some.
 */
const MAX_PEER_CONNECTIONS = 450

/** Counts the WebRTC connections of one page, over every engine that ran in it. */
export class ConnectionBudget {
  readonly #limit: number
  #used = 0

  constructor(limit: number = MAX_PEER_CONNECTIONS) {
    this.#limit = limit
  }

  get isSpent(): boolean {
    return this.#used >= this.#limit
  }

  spend(): void {
    this.#used += 1
  }

  /** The browser itself refused to make one more. */
  exhaust(): void {
    this.#used = this.#limit
  }
}
