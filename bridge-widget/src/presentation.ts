import type { ReactiveController, ReactiveElement, TemplateResult } from 'lit'
import { renderWidget } from './bridge-widget.template.ts'
import type { BridgeStats } from './engine.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import { directionOf, type Language, languageTagOf, matchLanguage } from './language.ts'
import type { LimitedBridge } from './limits-panel.ts'
import { loadLimitsPanel, loadLiveView } from './load-parts.ts'
import { english, type LoadedTexts, loadTexts } from './load-texts.ts'
import type { LiveText, TextOverrides } from './texts/text.ts'
import type { LimitBounds } from './volunteer-limits.ts'

/** Until then the element waits for its language; then it speaks English. */
const TEXTS_TIMEOUT_MS = 3_000

/** What is true of the element, and what it does. */
export interface WidgetFacts {
  readonly layout: string
  readonly texts: TextOverrides
  readonly state: BridgeState
  readonly reason: BridgeReason | undefined
  readonly stats: BridgeStats
  readonly disabled: boolean
  /** Why it could not be turned on. */
  readonly error: string | undefined
  /** What the page allows. */
  readonly bounds: () => LimitBounds
  /** The bridge that runs, if one does. */
  readonly bridge: LimitedBridge | undefined
  onToggle(event: Event): void
}

interface LiveParts {
  readonly language: Language
  readonly text: LiveText
  readonly view: typeof import('./live-view.ts')
}

/** By all elements of the page, for as long as it is there: nothing is stored to remember it. */
let isDismissed = false

/** How the element shows what is true: in which language, with what opened. Loads what it takes for that, and no more. */
export class Presentation implements ReactiveController {
  readonly #host: ReactiveElement
  readonly #languages = new MutationObserver(() => this.#chooseLanguage())
  readonly #styled = new Set<string>()
  #asked: Language = 'en'
  #language: Language = 'en'
  #texts: LoadedTexts = english
  #ready: Promise<unknown> = Promise.resolve()
  #live: LiveParts | undefined
  /** For what it was tried to load them last: once for each, however often that shows. */
  #liveFor = ''
  #limitsPanel: typeof import('./limits-panel.ts') | undefined
  #isHowOpen = false
  #areLimitsOpen = false
  #isPanelOpen = false
  #announced = ''
  #announcement = ''

  constructor(host: ReactiveElement) {
    this.#host = host
    host.addController(this)
  }

  /** Settles when the element knows how to say what it has to, in the first language it was asked for. */
  get ready(): Promise<unknown> {
    return this.#ready
  }

  hostConnected(): void {
    const document = this.#host.ownerDocument
    this.#languages.observe(document, { attributeFilter: ['lang'], subtree: true })
    // Not seen from the document.
    this.#languages.observe(this.#host, { attributeFilter: ['lang'] })
    this.#chooseLanguage()
  }

  hostDisconnected(): void {
    this.#languages.disconnect()
  }

  render(facts: WidgetFacts): TemplateResult {
    const { layout, state, reason, stats, disabled, error } = facts
    const host = this.#host
    const lang = this.#language
    const text = { ...this.#texts.offer, ...facts.texts }
    if (state !== 'off' || this.#areLimitsOpen) void this.#loadLive(`${lang} ${state} ${reason}`)
    const live = this.#live
    const liveText = live && {
      ...live.text,
      ...facts.texts,
      reasons: { ...live.text.reasons, ...facts.texts.reasons },
    }
    const status =
      state === 'off'
        ? error === undefined
          ? text.off
          : // What went wrong has no other words than English ones.
            [text.failed, ...(lang === 'en' ? [`${error}.`] : [])].join(' ')
        : live && liveText
          ? live.view.statusText({ state, reason, stats }, liveText, lang)
          : text.on
    this.#announce(`${state} ${reason} ${error} ${live === undefined}`, status)
    return renderWidget({
      layout,
      lang,
      dir: host.dir || directionOf(lang),
      text,
      state,
      disabled,
      status,
      announcement: this.#announcement,
      clients: stats.clients,
      stats: liveText && stats.total.peopleHelped > 0 && live?.view.renderStats(stats, liveText, lang),
      isHowOpen: this.#isHowOpen,
      limits:
        this.#areLimitsOpen && liveText
          ? this.#limitsPanel?.renderLimits({
              text: liveText,
              lang,
              bounds: facts.bounds(),
              bridge: facts.bridge,
              onChange: () => host.requestUpdate(),
            })
          : undefined,
      isPanelOpen: this.#isPanelOpen,
      isDismissed: isDismissed && state === 'off',
      onToggle: facts.onToggle,
      onHow: () => {
        this.#isHowOpen = !this.#isHowOpen
        host.requestUpdate()
      },
      onLimits: (event) => void this.#toggleLimits(event),
      onOpen: () => this.#openPanel(true),
      onClose: () => this.#openPanel(false),
      onDismiss: () => {
        isDismissed = true
        host.requestUpdate()
      },
    })
  }

  #chooseLanguage(): void {
    const language = matchLanguage(languageTagOf(this.#host))
    if (language === this.#asked) return
    this.#asked = language
    const loading = this.#speak(language)
    this.#ready = Promise.race([loading, new Promise((resolve) => setTimeout(resolve, TEXTS_TIMEOUT_MS))])
  }

  async #speak(language: Language): Promise<void> {
    try {
      const texts = await loadTexts(language)
      if (language !== this.#asked) return
      this.#texts = texts
      this.#language = language
      this.#host.requestUpdate()
    } catch {
      // It goes on in the language it has, and asks again when another is asked for.
    }
  }

  async #loadLive(purpose: string): Promise<void> {
    const language = this.#language
    if (this.#live?.language === language || this.#liveFor === purpose) return
    this.#liveFor = purpose
    try {
      const [view, text] = await Promise.all([loadLiveView(), this.#texts.loadLive()])
      this.#adopt(view.liveStyles)
      this.#live = { language, text, view }
      this.#host.requestUpdate()
    } catch {
      // What is known without them is shown; the next change tries again.
    }
  }

  /** By a person's own gesture, because it loads something. */
  async #toggleLimits({ isTrusted }: Event): Promise<void> {
    if (!isTrusted) return
    this.#areLimitsOpen = !this.#areLimitsOpen
    this.#host.requestUpdate()
    if (this.#limitsPanel !== undefined) return
    this.#liveFor = ''
    try {
      this.#limitsPanel = await loadLimitsPanel()
      this.#adopt(this.#limitsPanel.limitsStyles)
    } catch {
      this.#areLimitsOpen = false
    }
    this.#host.requestUpdate()
  }

  /** What holds the keyboard's focus is replaced, so the focus moves along. */
  #openPanel(isOpen: boolean): void {
    this.#isPanelOpen = isOpen
    this.#host.requestUpdate()
    const heir = isOpen ? '#base' : '#open'
    void this.#host.updateComplete.then(() => {
      const found = this.#host.renderRoot.querySelector<HTMLElement>(heir)
      found?.focus()
    })
  }

  /** Nothing at first, when nobody asked; and the number of people helped only when helping begins. */
  #announce(key: string, status: string): void {
    if (this.#announced !== '' && key !== this.#announced) this.#announcement = status
    this.#announced = key
  }

  /** As a style sheet of the element's own, which a strict policy of the page allows. */
  #adopt(styles: string): void {
    const root = this.#host.renderRoot
    if (this.#styled.has(styles) || !(root instanceof ShadowRoot)) return
    this.#styled.add(styles)
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
  }
}
