import type { TemplateResult } from 'lit/html.js'
import { type BridgeStats, NO_STATS } from './bridge-stats.ts'
import { styles } from './bridge-widget.styles.ts'
import { forgetUnkeptConsent, giveConsent, hasConsent, withdrawConsent } from './consent.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import { LeanElement } from './lean-element.ts'
import { loadEngine } from './load-engine.ts'
import type { OriginBridge } from './origin-bridge.ts'
import { PageLife } from './page-life.ts'
import { Presentation } from './presentation.ts'
import { isShown, Sight } from './sight.ts'
import { offer } from './texts/en.ts'
import type { TextOverrides } from './texts/text.ts'
import { isGesture, isInGesture, watchGestures } from './user-gesture.ts'

export type BridgeLayout = 'switch' | 'card' | 'banner' | 'floating'
export type BridgeTheme = 'auto' | 'light' | 'dark'

export interface BridgeWidgetEvents {
  /** Cancelable: the page may ask something first, also when it goes on (`resumes`) with what was turned on before. */
  'bridge-beforestart': CustomEvent<{ resumes: boolean }>
  'bridge-statechange': CustomEvent<{ state: BridgeState; reason: BridgeReason | undefined }>
  /** Once a second while somebody is helped, and at each change. */
  'bridge-stats': CustomEvent<BridgeStats>
  /** It could not be turned on. */
  'bridge-error': CustomEvent<{ error: unknown }>
}

const STATS_INTERVAL_MS = 1_000

/**
 * The volunteer's switch. Until a person who sees it turns it on with a gesture of their own there is no request, no
 * connection, no WebRTC object and nothing stored; even the code that would do any of it is not loaded. Once turned on,
 * it is on in every tab of its origin and on later visits, for 30 days or until somebody turns it off in one of them.
 * When the page goes away or is frozen it leaves politely, and another tab goes on.
 *
 * It speaks the language of its `lang`, else that of the closest element around it that has one, else English; what is not
 * English is one more file of its own that is loaded. Its colours are those of `theme`, or with `auto` those that the page
 * shows in (its `color-scheme`).
 *
 * @tag bridge-widget
 * @attr network - URL of the network descriptor, relative to the document, as it is when the bridge is turned on or goes on.
 * @attr {'switch' | 'card' | 'banner' | 'floating'} layout - Default card.
 * @attr {'auto' | 'light' | 'dark'} theme - Default auto: that of the page.
 * @attr max-clients - Clients at once, at most.
 * @attr max-rate - Bytes per second for all clients together, at most, such as 2MB.
 * @attr pool - Id of the private pool that it helps, and nobody else.
 * @attr disabled - It cannot be turned on.
 * @fires {CustomEvent<{ resumes: boolean }>} bridge-beforestart - Cancelable: the page may ask something first. `resumes`: nobody has pressed anything, it goes on with what was turned on before.
 * @fires {CustomEvent<{ state: BridgeState, reason: BridgeReason | undefined }>} bridge-statechange - `state` or `reason` changed.
 * @fires {CustomEvent<BridgeStats>} bridge-stats - Once a second while somebody is helped, and at each change.
 * @fires {CustomEvent<{ error: unknown }>} bridge-error - It could not be turned on, or not reach its network.
 * @slot heading - In place of what the switch is for, which is also its accessible name.
 * @slot description - In place of what happens while it is on.
 * @slot how - In place of what "How this works" tells. Whoever replaces it says who sees what.
 * @csspart base - All but the corner of the floating layout.
 * @csspart mark - The footbridge.
 * @csspart heading
 * @csspart status - What it does right now, or why it does not.
 * @csspart switch
 * @csspart description
 * @csspart promise - That sites never see the volunteer's address.
 * @csspart stats - People, bytes and time.
 * @csspart more - Each of the two buttons that open something below.
 * @csspart how - What "How this works" opens.
 * @csspart limits - The volunteer's own limits.
 * @csspart launcher - The corner that opens the floating layout.
 * @cssprop --bridge-accent - What is on: switch, mark, sliders.
 * @cssprop --bridge-on-accent - The mark's lines on it.
 * @cssprop --bridge-surface - Background.
 * @cssprop --bridge-text
 * @cssprop --bridge-muted - Text of less weight.
 * @cssprop --bridge-border
 * @cssprop --bridge-radius - Of the corners. Default 1rem.
 * @cssprop --bridge-font - Font family. Default system-ui.
 * @cssprop --bridge-inset-block - Where the floating layout is: `auto 1rem` is the bottom, `1rem auto` the top.
 * @cssprop --bridge-inset-inline - `auto 1rem` is the end of a line, `1rem auto` the start.
 * @cssprop --bridge-z-index - Of the floating layout. Default 1000.
 */
export class BridgeWidget extends LeanElement {
  static override readonly styles: string = styles
  static readonly observedAttributes: readonly string[] = [
    'layout',
    'theme',
    'max-clients',
    'max-rate',
    'pool',
    'disabled',
    'dir',
  ]

  readonly #presentation: Presentation = new Presentation(this)
  #overrides: TextOverrides = {}
  readonly #sight: Sight = new Sight(() => this.#resume())
  /** Kept while the page is frozen, so that it goes on where it was. */
  #bridge: OriginBridge | undefined
  /** While it is being turned on, before there is a bridge. */
  #starting: AbortController | undefined
  #stats: BridgeStats = NO_STATS
  #error: unknown
  #told = 'off'
  #statsTimer: ReturnType<typeof setInterval> | undefined

  constructor() {
    super()
    new PageLife(this, {
      onHide: () => this.#leave(),
      onFreeze: () => this.#bridge?.leave(),
      onBack: () => this.#resume(),
      onConsent: () => (hasConsent() ? this.#resume() : this.#leave()),
    })
  }

  /** URL of the network descriptor, relative to the document. */
  get network(): string {
    return this.getAttribute('network') ?? ''
  }
  set network(url: string) {
    this.setAttribute('network', url)
  }

  get layout(): BridgeLayout {
    return (this.getAttribute('layout') ?? 'card') as BridgeLayout
  }
  set layout(layout: BridgeLayout) {
    this.setAttribute('layout', layout)
  }

  get theme(): BridgeTheme {
    return (this.getAttribute('theme') ?? 'auto') as BridgeTheme
  }
  set theme(theme: BridgeTheme) {
    this.setAttribute('theme', theme)
  }

  /** Clients at once. */
  get maxClients(): number | undefined {
    const text = this.getAttribute('max-clients')
    return text === null ? undefined : Number(text)
  }
  set maxClients(clients: number | null | undefined) {
    this.#reflect('max-clients', clients)
  }

  /** Bytes per second, all clients together: a number, or a text such as `2MB`. */
  get maxRate(): string | undefined {
    return this.getAttribute('max-rate') ?? undefined
  }
  set maxRate(rate: number | string | null | undefined) {
    this.#reflect('max-rate', rate)
  }

  /** Id of the private pool that it helps, and nobody else. Never mixed: when it changes, whoever is helped is left. */
  get pool(): string | undefined {
    return this.getAttribute('pool') ?? undefined
  }
  set pool(pool: string | null | undefined) {
    this.#reflect('pool', pool)
  }

  /** It cannot be turned on. What runs already can be turned off. */
  get disabled(): boolean {
    return this.hasAttribute('disabled')
  }
  set disabled(isDisabled: boolean) {
    this.toggleAttribute('disabled', isDisabled)
  }

  /** The page's own words for some of what the element says. */
  get texts(): TextOverrides {
    return this.#overrides
  }
  set texts(texts: TextOverrides) {
    this.#overrides = texts
    this.requestUpdate()
  }

  get state(): BridgeState {
    return this.#state
  }

  /** Why it is paused, unsuitable, or connecting for longer. */
  get reason(): BridgeReason | undefined {
    return this.#bridge?.reason
  }

  get stats(): BridgeStats {
    return this.#bridge?.stats ?? this.#stats
  }

  /**
   * Turns the bridge on. Resolves once it is on, whether or not the network can be reached yet. Rejects with a
   * `NotAllowedError` unless it is called while the event of a person's own click, tap or key is being dispatched and the
   * switch is in view, nothing covering it; and with what went wrong if the engine cannot be loaded. What goes wrong later
   * is told by `bridge-error`.
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

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    super.attributeChangedCallback(name, before, after)
    if (name !== 'pool' || before === after || this.#state === 'off') return
    this.#leave()
    this.#resume()
  }

  protected override updated(): void {
    this.#sight.watch(this.#switch ?? undefined)
  }

  /** Nothing is shown in the wrong language first. */
  protected override get ready(): Promise<unknown> | undefined {
    return this.#presentation.ready
  }

  protected override render(): TemplateResult {
    const { layout, texts, state, reason, stats, maxClients, maxRate } = this
    return this.#presentation.render({
      layout,
      texts,
      state,
      reason,
      stats,
      // By nothing that the page can replace: whoever turned it on can turn it off.
      disabled: this.disabled && this.#state === 'off',
      error: this.#error,
      maxClients,
      maxRate,
      bridge: this.#bridge,
      onToggle: (event) => this.#toggle(event),
    })
  }

  get #state(): BridgeState {
    return this.#starting ? 'testing' : (this.#bridge?.state ?? 'off')
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
  #mayStart(resumes: boolean): boolean {
    return this.#canStart && this.#emit('bridge-beforestart', { resumes }, true) && this.#canStart
  }

  /** Turns it on if a person means to, who sees what it is. */
  async #turnOnIf(isInGesture: boolean): Promise<void> {
    if (!isInGesture) throw new DOMException('a bridge starts only inside a user gesture', 'NotAllowedError')
    if (!this.#canStart) return
    if (!(await this.#sight.isSeen())) {
      this.#switch?.scrollIntoView({ block: 'center' })
      const error = new DOMException(offer.unseen, 'NotAllowedError')
      this.#fail(error)
      throw error
    }
    if (!this.#mayStart(false)) return
    await this.#turnOn()
    // Not before, so that what fails is not tried again on the next visit.
    if (this.#state !== 'off') giveConsent()
  }

  /** Goes on with what somebody turned on before, or in another tab, where it can be seen and turned off. */
  #resume(): void {
    if (!this.#canStart || !hasConsent()) return
    if ([...this.renderRoot.children].some(isShown) && this.#mayStart(true)) this.#turnOn().catch(() => {})
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
      pool: () => this.pool,
      onChange: () => this.#changed(),
      onError: (error) => this.#emit('bridge-error', { error }),
      onEnd: (error) => this.#end(error),
    })
  }

  #fail(error: unknown): void {
    this.#error = error
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
    if (error === undefined) forgetUnkeptConsent()
    else {
      withdrawConsent()
      this.#fail(error)
    }
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

  #reflect(name: string, value: unknown): void {
    if (value === null || value === undefined) this.removeAttribute(name)
    else this.setAttribute(name, String(value))
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
