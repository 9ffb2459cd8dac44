import type { BridgeWidget } from '../bridge-widget.ts'
import { chosenPool, type PoolChoice, parsePoolChoice } from './pool-choice.ts'

const STORAGE_KEY = 'footbridge:pool'

/**
 * The volunteer's choice as it is kept in this browser, and as the element follows it. It reaches no server.
 * Fires `change`, and `off` when the element was on and could not go on for the others.
 */
export class WhomToHelp extends EventTarget {
  readonly #widget: BridgeWidget
  #choice: PoolChoice
  /** Whether what is stored is what was chosen here last. */
  #isKept = true

  /** To be made before the element is: one that goes on by itself is to help those it was turned on for. */
  constructor(widget: BridgeWidget) {
    super()
    this.#widget = widget
    this.#choice = parsePoolChoice(read())
    this.#follow()
    // Made in another tab. One that was frozen hears of it late, and so looks before it starts.
    addEventListener('storage', ({ key, newValue }) => {
      if (key === STORAGE_KEY || key === null) this.#take(parsePoolChoice(newValue))
    })
    widget.addEventListener('bridge-beforestart', () => {
      if (this.#isKept) this.#take(parsePoolChoice(read()))
    })
  }

  get choice(): PoolChoice {
    return this.#choice
  }

  /** Whether the choice can be kept: where nothing may be stored, it holds until the page goes. */
  choose(choice: PoolChoice): boolean {
    this.#isKept = write(choice)
    this.#take(choice)
    return this.#isKept
  }

  get #isOn(): boolean {
    return customElements.get('bridge-widget') !== undefined && this.#widget.state !== 'off'
  }

  /** Never mixed: whoever was helped before is left when others are helped. */
  #take(choice: PoolChoice): void {
    this.#choice = choice
    this.#follow()
    this.dispatchEvent(new Event('change'))
  }

  #follow(): void {
    const pool = chosenPool(this.#choice)
    if ((this.#widget.getAttribute('pool') ?? undefined) === pool) return
    const wasOn = this.#isOn
    // The element itself leaves those whom it helped, and goes on for the others, if it may.
    if (pool === undefined) this.#widget.removeAttribute('pool')
    else this.#widget.setAttribute('pool', pool)
    if (wasOn && !this.#isOn) this.dispatchEvent(new Event('off'))
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY)
  } catch {
    return null
  }
}

function write(choice: PoolChoice): boolean {
  const isNothing = choice.own === undefined && choice.joined === undefined
  try {
    if (isNothing) localStorage.removeItem(STORAGE_KEY)
    else localStorage.setItem(STORAGE_KEY, JSON.stringify(choice))
    return true
  } catch {
    return false
  }
}
