import { createBrowserEngine } from '../src/browser-engine.ts'
import { hasConsent, withdrawConsent } from '../src/consent.ts'
import type { BridgeEngine, BridgeStats } from '../src/engine.ts'
import type { BridgeStatus, HostRequest, ToolbarStatus } from './messages.ts'
import { chosenNetwork, NETWORK_KEY } from './network-choice.ts'

const STATS_INTERVAL_MS = 1_000
/** How long it stays, off and with nobody looking. */
const IDLE_MS = 5_000
const NO_STATS: BridgeStats = { clients: 0, peopleHelped: 0, bytesDown: 0, bytesUp: 0, since: undefined }

export interface BridgeHostOptions {
  /** Shows it in the toolbar; called at each change. */
  show(status: ToolbarStatus): void
  /** It is off and nobody looks: it can be done away with. */
  onIdle?(): void
}

/**
 * Runs the extension's one bridge, in a document that nobody sees. It does nothing without the consent that a volunteer
 * gave in the popup, which is in the storage that both share.
 */
export class BridgeHost {
  readonly #options: BridgeHostOptions
  readonly #pages = new Set<chrome.runtime.Port>()
  #engine: BridgeEngine | undefined
  #stats: BridgeStats = NO_STATS
  #starting: AbortController | undefined
  #statsTimer: ReturnType<typeof setInterval> | undefined
  #idleTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: BridgeHostOptions) {
    this.#options = options
    // Who chooses another network has not agreed to run a bridge of that one.
    addEventListener('storage', ({ key }) => {
      if (key === NETWORK_KEY) this.#turnOff()
    })
    this.#waitIdle()
  }

  /** Does what the page at the other end asks, and tells it what becomes of it. */
  accept(page: chrome.runtime.Port): void {
    this.#pages.add(page)
    page.onMessage.addListener((request: HostRequest) => {
      if (request === 'turn-off') this.#turnOff()
      else if (this.#engine) this.#tell()
      else void this.turnOn()
    })
    page.onDisconnect.addListener(() => {
      this.#pages.delete(page)
      this.#waitIdle()
    })
    this.#waitIdle()
  }

  /** Turns the bridge on, if there is consent. */
  async turnOn(): Promise<void> {
    if (this.#engine || this.#starting) return
    const network = chosenNetwork()
    if (network === undefined || !hasConsent()) return this.#tell()
    const starting = new AbortController()
    this.#starting = starting
    this.#options.show({ state: 'connecting', clients: 0 })
    try {
      const engine = await createBrowserEngine({
        network,
        signal: starting.signal,
        onChange: () => this.#tell(),
      })
      if (starting.signal.aborted) return
      this.#starting = undefined
      this.#engine = engine
      engine.start()
    } catch (error) {
      if (starting.signal.aborted) return
      this.#starting = undefined
      this.#tell(error instanceof Error ? error.message : String(error))
    }
  }

  #turnOff(): void {
    withdrawConsent()
    this.#starting?.abort()
    this.#starting = undefined
    this.#engine?.stop()
    this.#stats = this.#engine?.stats ?? this.#stats
    this.#engine = undefined
    this.#tell()
  }

  #tell(error?: string): void {
    const { state, reason, stats } = this.#engine ?? {
      state: 'off' as const,
      reason: undefined,
      stats: this.#stats,
    }
    const status: BridgeStatus = { state, reason, stats, error }
    for (const page of this.#pages) page.postMessage(status)
    this.#options.show({ state, clients: stats.clients })
    this.#tick(state === 'helping')
    this.#waitIdle()
  }

  /** For who looks: what has been passed on changes without a change of state. */
  #tick(on: boolean): void {
    if (on === (this.#statsTimer !== undefined)) return
    clearInterval(this.#statsTimer)
    this.#statsTimer = on
      ? setInterval(() => this.#pages.size > 0 && this.#tell(), STATS_INTERVAL_MS)
      : undefined
  }

  #waitIdle(): void {
    clearTimeout(this.#idleTimer)
    if (this.#engine || this.#starting || this.#pages.size > 0) return
    this.#idleTimer = setTimeout(() => this.#options.onIdle?.(), IDLE_MS)
  }
}
