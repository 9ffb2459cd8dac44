import { Backoff } from '@footbridge/shared'
import { openOriginBridge } from '../src/browser-engine.ts'
import { hasConsent, withdrawConsent } from '../src/consent.ts'
import type { OriginBridge } from '../src/origin-bridge.ts'
import type { ToolbarStatus } from './messages.ts'
import { chosenNetwork, NETWORK_KEY } from './network-choice.ts'

/** How long it stays when it is off. */
const IDLE_MS = 2_000
const FIRST_WAIT_MS = 2_000
const MOST_WAIT_MS = 300_000

export interface BridgeHostOptions {
  /** Shows it in the toolbar; called at each change. */
  show(status: ToolbarStatus): void
  /** It is off, and can be done away with. */
  onIdle?(): void
}

/**
 * Runs the extension's one bridge, in a document that nobody sees. To the popup it is another tab of the same origin: they
 * share the volunteer's consent, without which it does nothing, and tell each other of the bridge as tabs do.
 */
export class BridgeHost {
  readonly #options: BridgeHostOptions
  readonly #backoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_MS, random: Math.random })
  #bridge: OriginBridge | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: BridgeHostOptions) {
    this.#options = options
    // Written by the popup and by the options.
    addEventListener('storage', ({ key }) => {
      // Who chooses another network has not agreed to run a bridge of that one.
      if (key === NETWORK_KEY) this.#turnOff()
      this.#heedConsent()
    })
    this.#heedConsent()
  }

  #heedConsent(): void {
    if (!hasConsent()) this.#end()
    else if (!this.#bridge) this.#run()
  }

  #run(): void {
    const network = chosenNetwork()
    if (network === undefined) return
    clearTimeout(this.#timer)
    const bridge = openOriginBridge({
      network,
      onChange: () => this.#show(bridge),
      // Its state says so, and it tries again.
      onError: () => {},
      onEnd: (error) => (error === undefined ? this.#end() : this.#retry()),
    })
    this.#bridge = bridge
    bridge.join()
  }

  #show({ state, stats }: OriginBridge): void {
    if (state === 'waiting') this.#backoff.reset()
    this.#options.show({ state, clients: stats.clients })
  }

  /** The network cannot be had, which may be the volunteer's own: a laptop that wakes up has none. */
  #retry(): void {
    this.#options.show({ state: 'connecting', clients: 0 })
    this.#timer = setTimeout(() => {
      this.#bridge = undefined
      this.#heedConsent()
    }, this.#backoff.next())
  }

  #turnOff(): void {
    withdrawConsent()
    this.#bridge?.turnOff()
  }

  #end(): void {
    this.#bridge?.leave()
    this.#bridge = undefined
    this.#options.show({ state: 'off', clients: 0 })
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#options.onIdle?.(), IDLE_MS)
  }
}
