import type { BrowserEngineOptions } from '../src/browser-engine.ts'
import { giveConsent, hasConsent } from '../src/consent.ts'
import type { BridgeEngine } from '../src/engine.ts'
import { type BridgeStatus, type HostRequest, OPEN_HOST } from './messages.ts'

/** From asking for the host to its first word; it loads the network's descriptor in between. */
const HOST_TIMEOUT_MS = 15_000
/** A host that was about to go when it was asked for is asked for once more. */
const ATTEMPTS = 2

/** Once it is, nothing that ends with the popup means that the volunteer turns the bridge off. */
let isPopupClosing = false
addEventListener('pagehide', () => (isPopupClosing = true), { capture: true })

/**
 * The extension's one bridge, as the popup sees it: takes the place of the engine in the element. The popup goes and comes;
 * the bridge runs on, elsewhere.
 */
class RemoteBridge implements Pick<BridgeEngine, 'state' | 'reason' | 'stats' | 'start' | 'stop'> {
  readonly #host: chrome.runtime.Port
  #status: BridgeStatus

  constructor(host: chrome.runtime.Port, status: BridgeStatus, onChange: (() => void) | undefined) {
    this.#host = host
    this.#status = status
    host.onMessage.addListener((next: BridgeStatus) => {
      this.#status = next
      onChange?.()
    })
    host.onDisconnect.addListener(() => {
      this.#status = { state: 'off', stats: this.stats }
      onChange?.()
    })
  }

  get state(): BridgeStatus['state'] {
    return this.#status.state
  }

  get reason(): BridgeStatus['reason'] {
    return this.#status.reason
  }

  get stats(): BridgeStatus['stats'] {
    return this.#status.stats
  }

  /** It was on before there was this. */
  start(): void {}

  /** Turns it off for good; a popup that closes only looks no longer. */
  stop(): void {
    turnOff(this.#host)
  }
}

function turnOff(host: chrome.runtime.Port): void {
  if (!isPopupClosing) host.postMessage('turn-off' satisfies HostRequest)
}

/** The bridge, turned on if it was not. Called only with consent. Throws what went wrong. */
export async function createBrowserEngine(
  options: Pick<BrowserEngineOptions, 'signal' | 'onChange'>,
): Promise<RemoteBridge> {
  const { signal, onChange } = options
  if (!hasConsent()) giveConsent()
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(HOST_TIMEOUT_MS)])
  for (let attempt = 1; ; attempt += 1) {
    await chrome.runtime.sendMessage(OPEN_HOST)
    const host = chrome.runtime.connect()
    signal.addEventListener('abort', () => turnOff(host), { once: true })
    const status = await firstStatus(host, deadline)
    if (status?.error !== undefined) throw new Error(status.error)
    if (status !== undefined) return new RemoteBridge(host, status, onChange)
    if (attempt === ATTEMPTS) throw new Error('the extension’s own background does not answer')
  }
}

/** `undefined` if the host is gone before it says anything. */
function firstStatus(host: chrome.runtime.Port, signal: AbortSignal): Promise<BridgeStatus | undefined> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    host.onMessage.addListener(resolve)
    host.onDisconnect.addListener(() => resolve(undefined))
    host.postMessage('turn-on' satisfies HostRequest)
  })
}
