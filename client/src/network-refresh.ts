import {
  type Clock,
  isSigned,
  type NetworkDescriptor,
  type Primitives,
  parseDescriptor,
  succeed,
} from '@footbridge/shared'

export interface NetworkRefreshOptions {
  readonly clock: Clock
  readonly primitives: Primitives
  /** The one in use. */
  network(): NetworkDescriptor
  /** What a URL answers with, fetched through the network itself: no censor sees that it was asked for. */
  fetchText(url: string): Promise<string>
  /** A later one, to be used from now on. */
  onFresh(network: NetworkDescriptor): void
}

/** So long after the first path, whose first bytes somebody waits for. */
const FIRST_MS = 5_000
const REFRESH_MS = 3_600_000

/** Keeps the network descriptor fresh, if the network has a key to know its own by. */
export class NetworkRefresh {
  readonly #options: NetworkRefreshOptions
  #started = false
  #stopped = false
  #cancel: () => void = () => {}

  constructor(options: NetworkRefreshOptions) {
    this.#options = options
  }

  /** There is a path. The first call counts. */
  start(): void {
    if (this.#started || this.#stopped || !isSigned(this.#options.network())) return
    this.#started = true
    this.#after(FIRST_MS)
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  #after(ms: number): void {
    this.#cancel = this.#options.clock.after(ms, async () => {
      await this.#refresh()
      if (!this.#stopped) this.#after(REFRESH_MS)
    })
  }

  /** From the first signaling server that has a good one. What others say is not believed, and the last good one stays. */
  async #refresh(): Promise<void> {
    const { clock, primitives, network, fetchText, onFresh } = this.#options
    const pinned = network()
    for (const origin of pinned.signaling) {
      try {
        const offered = parseDescriptor(await fetchText(`${origin}/v1/network`))
        const fresh = succeed(pinned, offered, { now: clock.wallNow(), primitives })
        if (this.#stopped) return
        if (fresh !== pinned) onFresh(fresh)
        return
      } catch {
        // Unreachable, or not to be believed: perhaps the next one.
      }
    }
  }
}
