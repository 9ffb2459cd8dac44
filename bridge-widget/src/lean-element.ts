import { render, type TemplateResult } from 'lit/html.js'

/** Where there are no elements, such as in a server that renders pages, the class can be imported all the same. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement)

/** Comes and goes with an element's place in the page. */
export interface LeanController {
  hostConnected(): void
  hostDisconnected(): void
}

/**
 * What `LitElement` does for an element whose properties are its attributes, as those of the browser's own elements are:
 * renders once for all changes of a moment. Lit's own is more than a fifth of what a page may load before anybody opts in.
 */
export abstract class LeanElement extends Base {
  static readonly styles: string = ''

  #update: Promise<boolean> | undefined
  readonly #adopted = new Set<string>()
  readonly #controllers: LeanController[] = []

  /** Settles when what has changed is to be seen. */
  get updateComplete(): Promise<boolean> {
    return this.#update ?? Promise.resolve(true)
  }

  get renderRoot(): ShadowRoot {
    return this.shadowRoot ?? this.attachShadow({ mode: 'open' })
  }

  connectedCallback(): void {
    // Where a page set a property before the element was defined, it hides the element's own of that name.
    for (const name of Object.keys(this)) {
      const value = Reflect.get(this, name)
      if (Reflect.deleteProperty(this, name)) Reflect.set(this, name, value)
    }
    this.adopt((this.constructor as typeof LeanElement).styles)
    for (const controller of this.#controllers) controller.hostConnected()
    this.requestUpdate()
  }

  disconnectedCallback(): void {
    for (const controller of this.#controllers) controller.hostDisconnected()
  }

  attributeChangedCallback(_name: string, _before: string | null, _after: string | null): void {
    this.requestUpdate()
  }

  addController(controller: LeanController): void {
    this.#controllers.push(controller)
  }

  requestUpdate(): void {
    this.#update ??= this.#render()
  }

  /** Adds styles as a sheet of the element's own, which a strict policy of the page allows. Once each. */
  adopt(styles: string): void {
    if (this.#adopted.has(styles)) return
    this.#adopted.add(styles)
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
    this.renderRoot.adoptedStyleSheets.push(sheet)
  }

  protected abstract render(): TemplateResult

  /** What has to be there before anything is shown. */
  protected get ready(): Promise<unknown> | undefined {
    return undefined
  }

  /** It was rendered. */
  protected updated(): void {}

  async #render(): Promise<boolean> {
    await this.ready
    this.#update = undefined
    if (!this.isConnected) return true
    render(this.render(), this.renderRoot)
    this.updated()
    return true
  }
}
