import { LitElement, type PropertyDeclarations, type TemplateResult } from 'lit'
import { styles } from './bridge-widget.styles.ts'
import { renderWidget } from './bridge-widget.template.ts'
import { parseByteRate } from './byte-rate.ts'
import type { BridgeEngine, BridgeStats } from './engine.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import { loadEngine } from './load-engine.ts'

export type BridgeLayout = 'switch' | 'card' | 'banner' | 'floating'
export type BridgeTheme = 'auto' | 'light' | 'dark'

export interface BridgeWidgetEvents {
  /** Cancelable: the page may ask something first, also when it was frozen and goes on. */
  'bridge-beforestart': CustomEvent<undefined>
  'bridge-statechange': CustomEvent<{ state: BridgeState; reason: BridgeReason | undefined }>
  /** Once a second while somebody is helped, and at each change. */
  'bridge-stats': CustomEvent<BridgeStats>
  /** It could not be turned on. */
  'bridge-error': CustomEvent<{ error: unknown }>
}

const STATS_INTERVAL_MS = 1_000
const NO_STATS: BridgeStats = { clients: 0, peopleHelped: 0, bytesDown: 0, bytesUp: 0, since: undefined }

/**
 * The volunteer's switch. Until a person turns it on with a gesture of their own there is no request, no connection,
 * no WebRTC object and nothing stored; even the code that would do any of it is not loaded. When the page goes away or
 * is frozen it leaves politely; only what was frozen goes on by itself, when the page does.
 *
 * @fires bridge-beforestart, bridge-statechange, bridge-stats, bridge-error
 * @slot heading, description - Replace the texts.
 * @csspart base, switch, heading, description, promise, status, stats
 * @cssprop --bridge-accent, --bridge-surface, --bridge-text, --bridge-muted, --bridge-border, --bridge-radius
 */
export class BridgeWidget extends LitElement {
  static override styles: typeof styles = styles
  static override properties: PropertyDeclarations = {
    network: { type: String },
    layout: { type: String, reflect: true },
    theme: { type: String, reflect: true },
    maxClients: { type: Number, attribute: 'max-clients' },
    maxRate: { attribute: 'max-rate' },
    pool: { type: String },
    disabled: { type: Boolean, reflect: true },
  }

  /** URL of the network descriptor, relative to the document. */
  declare network: string
  declare layout: BridgeLayout
  declare theme: BridgeTheme
  /** Clients at once. An attribute that is taken away leaves `null`. */
  declare maxClients: number | null | undefined
  /** Bytes per second, all clients together: a number, or a text such as `2MB`. */
  declare maxRate: number | string | null | undefined
  /** Id of the private pool that it helps, and nobody else, from when it is turned on the next time. */
  declare pool: string | null | undefined
  /** It cannot be turned on. What runs already can be turned off. */
  declare disabled: boolean

  #engine: BridgeEngine | undefined
  /** While it is being turned on, before there is an engine. */
  #starting: AbortController | undefined
  /** What ran when the page was frozen, and so has consent to go on. */
  #frozen: BridgeEngine | undefined
  #stats: BridgeStats = NO_STATS
  #error: string | undefined
  #told = 'off'
  #statsTimer: ReturnType<typeof setInterval> | undefined

  constructor() {
    super()
    this.network = ''
    this.layout = 'card'
    this.theme = 'auto'
    this.maxClients = undefined
    this.maxRate = undefined
    this.pool = undefined
    this.disabled = false
  }

  get state(): BridgeState {
    return this.#engine?.state ?? (this.#starting ? 'connecting' : 'off')
  }

  /** Why it is paused or unsuitable. */
  get reason(): BridgeReason | undefined {
    return this.#engine?.reason
  }

  get stats(): BridgeStats {
    return this.#engine?.stats ?? this.#stats
  }

  /**
   * Turns the bridge on. Rejects with a `NotAllowedError` outside a user gesture, and with what went wrong if the
   * engine or the network cannot be loaded.
   */
  async start(): Promise<void> {
    if (!navigator.userActivation?.isActive) {
      throw new DOMException('a bridge starts only inside a user gesture', 'NotAllowedError')
    }
    await this.#turnOn()
  }

  /** Turns the bridge off. Whoever was being helped is told, and goes on elsewhere. */
  stop(): void {
    if (this.state === 'off' && !this.#frozen) return
    this.#starting?.abort()
    this.#starting = undefined
    this.#frozen = undefined
    this.#stats = this.stats
    this.#engine?.stop()
    this.#engine = undefined
    this.#changed()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    // Not when it is only moved to another place.
    queueMicrotask(() => {
      if (!this.isConnected) this.stop()
    })
  }

  protected override render(): TemplateResult {
    const { state, reason, stats, disabled, lang } = this
    return renderWidget({
      state,
      reason,
      stats,
      disabled,
      lang,
      error: this.#error,
      onToggle: (event) => this.#toggle(event),
    })
  }

  #toggle(event: Event): void {
    if (this.state !== 'off') this.stop()
    // A script's click() is no consent. What goes wrong is shown, and told by an event.
    else if (event.isTrusted) this.#turnOn().catch(() => {})
  }

  get #canStart(): boolean {
    return this.state === 'off' && !this.disabled
  }

  /** Asks the page as well. Its listeners may turn it on themselves, or disable it. */
  #mayStart(): boolean {
    return this.#canStart && this.#emit('bridge-beforestart', undefined, true) && this.#canStart
  }

  /** Called only with consent. */
  async #turnOn(): Promise<void> {
    if (!this.#mayStart()) return
    const starting = new AbortController()
    this.#starting = starting
    this.#error = undefined
    this.#changed()
    try {
      const { createBrowserEngine } = await loadEngine()
      const { maxRate } = this
      const engine = await createBrowserEngine({
        network: new URL(this.network, document.baseURI).href,
        capacity: this.maxClients ?? undefined,
        pool: this.pool ?? undefined,
        rate: typeof maxRate === 'string' ? parseByteRate(maxRate) : (maxRate ?? undefined),
        signal: starting.signal,
        onChange: () => this.#changed(),
      })
      if (starting.signal.aborted) return
      this.#starting = undefined
      this.#engine = engine
      engine.start()
    } catch (error) {
      // Turned off meanwhile: that is no failure.
      if (starting.signal.aborted) return
      this.#starting = undefined
      this.#error = error instanceof Error ? error.message : String(error)
      this.#changed()
      this.#emit('bridge-error', { error })
      throw error
    }
  }

  #changed(): void {
    const { state, reason, stats } = this
    this.requestUpdate()
    this.#watchPage(state !== 'off')
    this.#tick(state === 'helping')
    const telling = `${state} ${reason}`
    if (telling !== this.#told) {
      this.#told = telling
      this.#emit('bridge-statechange', { state, reason })
    }
    this.#emit('bridge-stats', stats)
  }

  #watchPage(on: boolean): void {
    const change = on ? 'addEventListener' : 'removeEventListener'
    window[change]('pagehide', this.#onPageHide)
    document[change]('freeze', this.#onFreeze)
    document[change]('resume', this.#onResume)
  }

  /** A page that goes away, even into the back/forward cache, leaves politely and for good. */
  readonly #onPageHide = (): void => this.stop()

  /** A hidden page that the browser freezes (https://wicg.github.io/page-lifecycle/) can relay no longer. */
  readonly #onFreeze = ({ isTrusted }: Event): void => {
    const engine = this.#engine
    if (!isTrusted || !engine) return
    this.stop()
    this.#frozen = engine
    this.#watchPage(true)
  }

  /** Goes on with what a person has turned on and nobody has turned off since. */
  readonly #onResume = ({ isTrusted }: Event): void => {
    const engine = this.#frozen
    if (!isTrusted || !engine) return
    this.#frozen = undefined
    if (this.#mayStart()) {
      this.#engine = engine
      engine.start()
    } else this.#changed()
  }

  /** For the display only: relaying depends on no timer, so a hidden page goes on as fast as before. */
  #tick(on: boolean): void {
    if (on === (this.#statsTimer !== undefined)) return
    clearInterval(this.#statsTimer)
    this.#statsTimer = on
      ? setInterval(() => {
          this.requestUpdate()
          this.#emit('bridge-stats', this.stats)
        }, STATS_INTERVAL_MS)
      : undefined
  }

  #emit<Name extends keyof BridgeWidgetEvents>(
    name: Name,
    detail: BridgeWidgetEvents[Name]['detail'],
    cancelable = false,
  ): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bridge-widget': BridgeWidget
  }
  interface HTMLElementEventMap extends BridgeWidgetEvents {}
}
