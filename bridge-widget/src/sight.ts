/** Below this, on either side, nobody sees what it is. */
const MIN_SIDE_PX = 20
const MIN_OPACITY = 0.9
/** Where nothing may cover it: parts of its width, half-way down. */
const PROBES = [0.25, 0.5, 0.75]
/** The least that a browser lets one ask for. */
const WATCH_DELAY_MS = 100
/** Longer than a press takes, so that a page gains nothing by uncovering it once the press has begun. */
const PRESS_MS = 500

/** A browser that has not looked by then is not looking, and a gesture is no longer what is being dispatched right now. */
const LOOK_TIMEOUT_MS = 1_000

interface VisibilityOptions {
  readonly trackVisibility: boolean
  readonly delay: number
}

/**
 * Whether a person sees an element, so that no page can have them press what it hides. What lies over it but lets the
 * press through, and what a page does to a frame that this one is in, only the browser knows: where it tells
 * (https://w3c.github.io/IntersectionObserver/v2/), that counts too.
 */
export class Sight {
  readonly #observer: IntersectionObserver
  #target: Element | undefined
  #isVisible = false
  #isCovered = false
  #uncoveredAt = Number.NEGATIVE_INFINITY
  #isTold: Promise<true> | undefined
  #tell = (): void => {}

  /** Calls `onSeen` whenever it comes into view. */
  constructor(onSeen: () => void) {
    const options: IntersectionObserverInit & VisibilityOptions = {
      trackVisibility: true,
      delay: WATCH_DELAY_MS,
    }
    this.#observer = new IntersectionObserver((entries) => {
      const latest = entries.at(-1) as (IntersectionObserverEntry & { isVisible?: boolean }) | undefined
      this.#isVisible = latest?.isVisible !== false
      if (this.#isCovered && this.#isVisible) this.#uncoveredAt = performance.now()
      this.#isCovered = latest?.isIntersecting === true && !this.#isVisible
      // Out of view nothing can be told about what covers it.
      if (latest?.isIntersecting !== true) this.#wait()
      else {
        this.#tell()
        onSeen()
      }
    }, options)
  }

  /** Looks at `target` from now on, if at anything. */
  watch(target: Element | undefined): void {
    if (target === this.#target) return
    this.#observer.disconnect()
    this.#target = target
    this.#wait()
    if (target) this.#observer.observe(target)
  }

  /** Whether it is seen at the time of the call. The answer may have to wait for the browser to look the first time, not for long. */
  async isSeen(): Promise<boolean> {
    if (!this.#target || !isUncovered(this.#target)) return false
    const pressedAt = performance.now()
    const timeout = new Promise<false>((resolve) => setTimeout(resolve, LOOK_TIMEOUT_MS, false))
    const isTold = await Promise.race([this.#isTold, timeout])
    return isTold === true && this.#isVisible && pressedAt - this.#uncoveredAt >= PRESS_MS
  }

  #wait(): void {
    this.#isTold = new Promise((resolve) => {
      this.#tell = () => resolve(true)
    })
  }
}

/** Whether it is there to be seen, if not necessarily in this part of the page. */
export function isShown(element: Element): boolean {
  const { width, height } = element.getBoundingClientRect()
  return (
    Math.min(width, height) >= MIN_SIDE_PX &&
    getComputedStyle(element).visibility === 'visible' &&
    isOpaque(element)
  )
}

function isUncovered(element: Element): boolean {
  const { left, top, width, height } = element.getBoundingClientRect()
  const root = element.getRootNode() as ShadowRoot
  return (
    isShown(element) &&
    withNothingSeenThrough(() =>
      PROBES.every((part) => element.contains(root.elementFromPoint(left + width * part, top + height / 2))),
    )
  )
}

/** Where the browser does not tell what is above, all that would let a press through is asked to take it, for as long. */
function withNothingSeenThrough(look: () => boolean): boolean {
  if ('isVisible' in IntersectionObserverEntry.prototype) return look()
  const sheets = document.adoptedStyleSheets
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('*{pointer-events:auto!important}')
  document.adoptedStyleSheets = [...sheets, sheet]
  const isSeen = look()
  document.adoptedStyleSheets = sheets
  return isSeen
}

function isOpaque(element: Element): boolean {
  let opacity = 1
  for (let above: Element | null = element; above; above = parentOf(above)) {
    const style = getComputedStyle(above)
    opacity *= Number(style.opacity)
    if (style.filter !== 'none' || (style.maskImage || 'none') !== 'none') return false
  }
  return opacity >= MIN_OPACITY
}

/** In the tree that is drawn, so through slots and shadow roots. */
function parentOf(element: Element): Element | null {
  const parent = element.assignedSlot ?? element.parentNode
  return parent instanceof ShadowRoot ? parent.host : parent instanceof Element ? parent : null
}
