import type { TemplateResult } from 'lit/html.js'
import { styles } from './bridge-widget.styles.ts'
import type { BridgeEngine, BridgeStats } from './engine.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import { LeanElement } from './lean-element.ts'
import { loadEngine } from './load-engine.ts'
import { Presentation } from './presentation.ts'
import type { TextOverrides } from './texts/text.ts'

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
const NO_STATS: BridgeStats = {
  clients: 0,
  peopleHelped: 0,
  bytesDown: 0,
  bytesUp: 0,
  since: undefined,
  total: { peopleHelped: 0, bytes: 0, seconds: 0 },
}

/**
 * The volunteer's switch. Until a person turns it on with a gesture of their own there is no request, no connection,
 * no WebRTC object and nothing stored; even the code that would do any of it is not loaded. When the page goes away or
 * is frozen it leaves politely; only what was frozen goes on by itself, when the page does.
 *
 * It speaks the language of its `lang`, else that of the closest element around it that has one, else English; what is not
 * English is one more file of its own that is loaded. Its colours are those of `theme`, or with `auto` those that the page
 * shows in (its `color-scheme`).
 *
 * @tag bridge-widget
 * @attr network - URL of the network descriptor, relative to the document.
 * @attr {'switch' | 'card' | 'banner' | 'floating'} layout - Default card.
 * @attr {'auto' | 'light' | 'dark'} theme - Default auto: that of the page.
 * @attr max-clients - Clients at once, at most.
 * @attr max-rate - Bytes per second for all clients together, at most, such as 2MB.
 * @attr disabled - It cannot be turned on.
 * @fires bridge-beforestart - Cancelable: the page may ask something first.
 * @fires bridge-statechange - `detail` has `state` and `reason`.
 * @fires bridge-stats - `detail` is `stats`; once a second while somebody is helped, and at each change.
 * @fires bridge-error - It could not be turned on; `detail.error` says why.
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
  static override readonly properties: readonly string[] = [
    'network',
    'layout',
    'theme',
    'maxClients',
    'maxRate',
    'disabled',
    'texts',
  ]
  static readonly observedAttributes: readonly string[] = [
    'layout',
    'theme',
    'max-clients',
    'max-rate',
    'disabled',
    'dir',
  ]

  readonly #presentation = new Presentation(this)
  #overrides: TextOverrides = {}
  #engine: BridgeEngine | undefined
  /** While it is being turned on, before there is an engine. */
  #starting: AbortController | undefined
  /** What ran when the page was frozen, and so has consent to go on. */
  #frozen: BridgeEngine | undefined
  #stats: BridgeStats = NO_STATS
  #error: string | undefined
  #told = 'off'
  #statsTimer: ReturnType<typeof setInterval> | undefined

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

  override connectedCallback(): void {
    super.connectedCallback()
    this.#presentation.connect()
  }

  disconnectedCallback(): void {
    this.#presentation.disconnect()
    // Not when it is only moved to another place.
    queueMicrotask(() => {
      if (!this.isConnected) this.stop()
    })
  }

  /** Nothing is shown in the wrong language first. */
  protected override get ready(): Promise<unknown> | undefined {
    return this.#presentation.ready
  }

  protected override render(): TemplateResult {
    const { layout, texts, state, reason, stats, disabled, maxClients, maxRate } = this
    return this.#presentation.render({
      layout,
      texts,
      state,
      reason,
      stats,
      disabled,
      error: this.#error,
      maxClients,
      maxRate,
      bridge: undefined,
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
        rate: maxRate ?? undefined,
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
