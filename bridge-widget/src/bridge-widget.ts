import { LitElement, type PropertyDeclarations, type TemplateResult } from 'lit'
import { styles } from './bridge-widget.styles.ts'
import { renderWidget } from './bridge-widget.template.ts'
import { giveConsent, hasConsent, withdrawConsent } from './consent.ts'
import type { BridgeStats } from './engine.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import { loadEngine } from './load-engine.ts'
import type { OriginBridge } from './origin-bridge.ts'
import { PageLife } from './page-life.ts'
import { isShown, Sight } from './sight.ts'
import { TEXT } from './texts.ts'
import { isGesture, isInGesture, watchGestures } from './user-gesture.ts'

export type BridgeLayout = 'switch' | 'card' | 'banner' | 'floating'
export type BridgeTheme = 'auto' | 'light' | 'dark'

export interface BridgeWidgetEvents {
  /** Cancelable: the page may ask something first, also when it goes on with what was turned on before. */
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
 * The volunteer's switch. Until a person who sees it turns it on with a gesture of their own there is no request, no
 * connection, no WebRTC object and nothing stored; even the code that would do any of it is not loaded. Once turned on,
 * it is on in every tab of its origin and on later visits, for 30 days or until somebody turns it off in one of them.
 * When the page goes away or is frozen it leaves politely, and another tab goes on.
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
  /** It cannot be turned on. What runs already can be turned off. */
  declare disabled: boolean

  readonly #sight: Sight = new Sight(() => this.#resume())
  /** Kept while the page is frozen, so that it goes on where it was. */
  #bridge: OriginBridge | undefined
  /** While it is being turned on, before there is a bridge. */
  #starting: AbortController | undefined
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
    this.disabled = false
    new PageLife(this, {
      onHide: () => this.#leave(),
      onFreeze: () => this.#bridge?.leave(),
      onBack: () => this.#resume(),
      onConsent: () => (hasConsent() ? this.#resume() : this.#leave()),
    })
  }

  get state(): BridgeState {
    return this.#state
  }

  /** Why it is paused or unsuitable. */
  get reason(): BridgeReason | undefined {
    return this.#bridge?.reason
  }

  get stats(): BridgeStats {
    return this.#bridge?.stats ?? this.#stats
  }

  /**
   * Turns the bridge on. Rejects with a `NotAllowedError` unless it is called while the event of a person's own click,
   * tap or key is being dispatched and the switch is in view, nothing covering it; and with what went wrong if the engine
   * cannot be loaded. What goes wrong later is told by `bridge-error`.
   */
  async start(): Promise<void> {
    await this.#turnOnIf(isInGesture())
  }

  /** Turns the bridge off, in every tab of this origin. Whoever was being helped is told, and goes on elsewhere. */
  stop(): void {
    this.#stop()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    watchGestures()
    // The page may say no, so it is asked once it had the time to listen.
    void this.updateComplete.then(() => this.#resume())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    // Not when it is only moved to another place.
    queueMicrotask(() => {
      if (!this.isConnected) this.#leave()
    })
  }

  protected override updated(): void {
    this.#sight.watch(this.#switch ?? undefined)
  }

  protected override render(): TemplateResult {
    const { reason, stats, disabled, lang } = this
    return renderWidget({
      state: this.#state,
      reason,
      stats,
      disabled,
      lang,
      error: this.#error,
      onToggle: (event) => this.#toggle(event),
    })
  }

  get #state(): BridgeState {
    return this.#starting ? 'connecting' : (this.#bridge?.state ?? 'off')
  }

  get #switch(): Element | null {
    return this.renderRoot.querySelector('[role=switch]')
  }

  #toggle(event: Event): void {
    // By nothing that the page can replace: one click always ends it.
    if (this.#state !== 'off') this.#stop()
    // A script's click() is no consent. What goes wrong is shown, and told by an event.
    else if (isGesture(event)) this.#turnOnIf(true).catch(() => {})
  }

  get #canStart(): boolean {
    return this.#state === 'off' && !this.disabled && this.isConnected
  }

  /** Asks the page as well. Its listeners may turn it on themselves, or disable it. */
  #mayStart(): boolean {
    return this.#canStart && this.#emit('bridge-beforestart', undefined, true) && this.#canStart
  }

  /** Turns it on if a person means to, who sees what it is. */
  async #turnOnIf(isInGesture: boolean): Promise<void> {
    if (!isInGesture) throw new DOMException('a bridge starts only inside a user gesture', 'NotAllowedError')
    if (!this.#canStart) return
    if (!(await this.#sight.isSeen())) {
      this.#switch?.scrollIntoView({ block: 'center' })
      const error = new DOMException(TEXT.unseen, 'NotAllowedError')
      this.#fail(error)
      throw error
    }
    if (!this.#mayStart()) return
    await this.#turnOn()
    // Not before, so that no other tab comes first, and that what fails is not tried again on the next visit.
    if (this.#state !== 'off') giveConsent()
  }

  /** Goes on with what somebody turned on before, or in another tab, where it can be seen and turned off. */
  #resume(): void {
    if (!this.#canStart || !hasConsent()) return
    if ([...this.renderRoot.children].some(isShown) && this.#mayStart()) this.#turnOn().catch(() => {})
  }

  /** Called only with consent. */
  async #turnOn(): Promise<void> {
    const starting = new AbortController()
    this.#starting = starting
    this.#error = undefined
    this.#changed()
    try {
      const bridge = this.#bridge ?? (await this.#openBridge())
      // Turned off meanwhile: that is no failure.
      if (starting.signal.aborted) return
      this.#starting = undefined
      this.#bridge = bridge
      bridge.join()
    } catch (error) {
      if (starting.signal.aborted) return
      this.#starting = undefined
      this.#fail(error)
      throw error
    }
  }

  async #openBridge(): Promise<OriginBridge> {
    const { openOriginBridge } = await loadEngine()
    const { network, maxClients, maxRate } = this
    return openOriginBridge({
      network,
      maxClients,
      maxRate,
      onChange: () => this.#changed(),
      onEnd: (error) => this.#end(error),
    })
  }

  #fail(error: unknown): void {
    this.#error = error instanceof Error ? error.message : String(error)
    this.#changed()
    this.#emit('bridge-error', { error })
  }

  #stop(): void {
    this.#bridge?.turnOff()
    this.#leave()
    withdrawConsent()
  }

  /** It was turned off in another tab, or cannot run. */
  #end(error: unknown): void {
    this.#leave()
    if (error === undefined) return
    withdrawConsent()
    this.#fail(error)
  }

  /** Goes away with the page, or out of it. Other tabs go on, and so does the next visit. */
  #leave(): void {
    if (!this.#bridge && !this.#starting) return
    this.#stats = this.stats
    this.#starting?.abort()
    this.#starting = undefined
    this.#bridge?.leave()
    this.#bridge = undefined
    this.#changed()
  }

  #changed(): void {
    const { reason, stats } = this
    const state = this.#state
    this.requestUpdate()
    this.#tick(state === 'helping')
    const telling = `${state} ${reason}`
    if (telling !== this.#told) {
      this.#told = telling
      this.#emit('bridge-statechange', { state, reason })
    }
    this.#emit('bridge-stats', stats)
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
