import { consentChanges, isOfConsent } from './consent.ts'
import type { LeanController, LeanElement } from './lean-element.ts'

export interface PageLifeListener {
  /** It goes away: for good, or to where the browser keeps it in case somebody comes back. */
  onHide(): void
  /** A hidden page that the browser freezes to save power (https://wicg.github.io/page-lifecycle/). */
  onFreeze(): void
  /** From either. Also called when it is shown at first. */
  onBack(): void
  /** The bridge may have been turned on or off elsewhere, in this page or another tab. */
  onConsent(): void
}

/** Tells an element what becomes of its page, as long as it is on it. */
export class PageLife implements LeanController {
  readonly #listener: PageLifeListener

  constructor(host: LeanElement, listener: PageLifeListener) {
    this.#listener = listener
    host.addController(this)
  }

  hostConnected(): void {
    this.#change('addEventListener')
  }

  hostDisconnected(): void {
    this.#change('removeEventListener')
  }

  handleEvent(event: Event): void {
    const { isTrusted, type } = event
    if (type === 'change') this.#listener.onConsent()
    else if (type === 'storage') {
      // What else the site stores is no reason to look: it would end what is just being turned on.
      if (isOfConsent((event as StorageEvent).key)) this.#listener.onConsent()
    } else if (!isTrusted) return
    else if (type === 'pagehide') this.#listener.onHide()
    else if (type === 'freeze') this.#listener.onFreeze()
    else this.#listener.onBack()
  }

  #change(verb: 'addEventListener' | 'removeEventListener'): void {
    for (const type of ['pagehide', 'pageshow', 'storage']) window[verb](type, this)
    for (const type of ['freeze', 'resume']) document[verb](type, this)
    consentChanges[verb]('change', this)
  }
}
