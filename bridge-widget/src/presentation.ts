import type { TemplateResult } from 'lit/html.js'
import { renderWidget } from './bridge-widget.template.ts'
import { directionOf, type Language, languageTagOf, matchLanguage } from './language.ts'
import type { LeanController, LeanElement } from './lean-element.ts'
import { loadLiveView } from './load-live.ts'
import { english, type LoadedTexts, loadTexts } from './load-texts.ts'
import type { LiveText, OfferText } from './texts/text.ts'
import { isGesture } from './user-gesture.ts'
import type { OpenPart, WidgetFacts } from './widget-facts.ts'

/** Until then the element waits for its language; then it speaks English. */
const TEXTS_TIMEOUT_MS = 3_000

/** By all elements of the page, for as long as it is there: nothing is stored to remember it. */
let isDismissed = false

/** How the element shows what is true: in which language, with what opened. Loads what it takes for that, and no more. */
export class Presentation implements LeanController {
  readonly #host: LeanElement
  readonly #languages = new MutationObserver(() => this.#chooseLanguage())
  #asked: Language = 'en'
  #lang: Language = 'en'
  #texts: LoadedTexts = english
  #live: typeof import('./live-view.ts') | undefined
  #liveText: LiveText | undefined
  /** What they were loaded for. */
  #liveOf: LoadedTexts | undefined
  /** When it was last tried to load them: once for each change, however often it is shown. */
  #liveFor = ''
  #open: OpenPart | undefined
  #isPanelOpen = false
  #announced = ''
  #announcement = ''

  /** Settles when the element knows how to say what it has to, in the first language it was asked for. */
  ready: Promise<unknown> | undefined

  constructor(host: LeanElement) {
    this.#host = host
    host.addController(this)
  }

  hostConnected(): void {
    const host = this.#host
    // The second is for an element that cannot be seen from the document.
    for (const root of [host.ownerDocument, host]) {
      this.#languages.observe(root, { attributeFilter: ['lang'], subtree: true })
    }
    this.#chooseLanguage()
  }

  hostDisconnected(): void {
    this.#languages.disconnect()
  }

  render(facts: WidgetFacts): TemplateResult {
    const { state, reason, error } = facts
    const lang = this.#lang
    const open = this.#open
    const text = { ...this.#texts.offer, ...facts.texts }
    if (state !== 'off' || open) void this.#loadLive(`${lang} ${state} ${reason} ${open}`)
    const live = this.#live?.renderLive(facts, {
      lang,
      text: this.#liveText,
      promise: text.promise,
      open,
      onChange: this.#update,
      onFailure: () => this.#show(undefined),
      adopt: (styles) => this.#host.adopt(styles),
    })
    const status = state === 'off' ? offStatus(text, error, lang) : (live?.status ?? text.on)
    this.#announce(`${state} ${reason} ${error} ${state !== 'off' && !live}`, status)
    return renderWidget({
      facts,
      lang,
      dir: this.#host.dir || directionOf(lang),
      text,
      status,
      announcement: this.#announcement,
      live,
      open,
      isPanelOpen: this.#isPanelOpen,
      isDismissed: isDismissed && state === 'off',
      // By a person's own gesture, because it may load something.
      onMore: (part, event) => isGesture(event) && this.#show(open === part ? undefined : part),
      onPanel: (isOpen) => this.#openPanel(isOpen),
      onDismiss: () => {
        isDismissed = true
        this.#update()
      },
    })
  }

  readonly #update = (): void => this.#host.requestUpdate()

  #chooseLanguage(): void {
    const language = matchLanguage(languageTagOf(this.#host))
    if (language === this.#asked) return
    this.#asked = language
    this.ready = Promise.race([
      this.#speak(language),
      new Promise((resolve) => setTimeout(resolve, TEXTS_TIMEOUT_MS)),
    ])
  }

  async #speak(language: Language): Promise<void> {
    try {
      const texts = await loadTexts(language)
      if (language !== this.#asked) return
      this.#texts = texts
      this.#lang = language
      this.#update()
    } catch {
      // It goes on in the language it has, until another is asked for.
    }
  }

  /** In another language again. */
  async #loadLive(purpose: string): Promise<void> {
    const texts = this.#texts
    if (this.#liveOf === texts || this.#liveFor === purpose) return
    this.#liveFor = purpose
    try {
      const [live, text] = await Promise.all([loadLiveView(), texts.loadLive?.()])
      if (texts !== this.#texts) return
      this.#host.adopt(live.liveStyles)
      this.#live = live
      this.#liveText = text
      this.#liveOf = texts
      this.#update()
    } catch {
      // What is known without them is shown; the next change tries again.
    }
  }

  #show(part: OpenPart | undefined): void {
    this.#open = part
    this.#update()
  }

  /** What holds the keyboard's focus is replaced, so the focus moves along. */
  #openPanel(isOpen: boolean): void {
    this.#isPanelOpen = isOpen
    this.#update()
    void this.#host.updateComplete.then(() =>
      this.#host.renderRoot.querySelector<HTMLElement>(isOpen ? '#base' : '#open')?.focus(),
    )
  }

  /** Nothing at first, when nobody asked; and the number of people helped only when helping begins. */
  #announce(key: string, status: string): void {
    if (this.#announced && key !== this.#announced) this.#announcement = status
    this.#announced = key
  }
}

/** What went wrong otherwise has no other words than English ones. */
function offStatus(text: OfferText, error: unknown, lang: Language): string {
  if (error === undefined) return text.off
  if (error instanceof DOMException && error.name === 'NotAllowedError') return text.unseen
  return lang === 'en' && error instanceof Error ? `${text.failed} ${error.message}.` : text.failed
}
