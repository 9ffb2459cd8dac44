import type { Browser, CDPSession } from 'playwright-core'
import { launchChromium } from './chromium.ts'

const POLL_MS = 50
/** Only for what never happens: a busy machine may take its time to slow a page down. */
const TIMEOUT_MS = 30_000
/** A hidden page's timers first run once a second, then once a minute. */
const THROTTLED_MS = 2_500
/** By then a browser has slowed a page down, unless it has overlooked that it was hidden. */
const OVERLOOKED_MS = 15_000

/**
 * A volunteer's tab that can really be hidden. Playwright keeps its own pages visible whatever stands in front of them, so
 * this one is driven by the DevTools protocol alone, in a browser that throttles background tabs as a person's does.
 */
export class HideableTab {
  readonly #browser: Browser
  readonly #devTools: CDPSession
  readonly #targetId: string
  readonly #sessionId: string
  readonly #answers: Map<number, (value: unknown) => void> = new Map()
  #lastId = 0

  private constructor(browser: Browser, devTools: CDPSession, targetId: string, sessionId: string) {
    this.#browser = browser
    this.#devTools = devTools
    this.#targetId = targetId
    this.#sessionId = sessionId
    devTools.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message)
      this.#answers.get(id)?.(result)
      this.#answers.delete(id)
    })
  }

  /** Opens the network's volunteer page, in a browser with these further arguments, and turns it on by a real click. */
  static async open(
    network: { readonly signaling: { readonly url: string } },
    more?: readonly string[],
  ): Promise<HideableTab> {
    const browser = await launchChromium(undefined, more)
    const tab = await HideableTab.#openTab(browser, `${network.signaling.url}/`)
    await tab.#until(`document.querySelector('bridge-widget')?.state === 'off'`)
    await tab.toggle()
    await tab.untilState('waiting')
    return tab
  }

  static async #openTab(browser: Browser, url: string): Promise<HideableTab> {
    const devTools = await browser.newBrowserCDPSession()
    const { targetId } = await devTools.send('Target.createTarget', { url, newWindow: true })
    const { sessionId } = await devTools.send('Target.attachToTarget', { targetId, flatten: false })
    return new HideableTab(browser, devTools, targetId, sessionId)
  }

  /** Another tab of the same browser with the same page, in a window of its own. */
  async openBeside(): Promise<HideableTab> {
    return HideableTab.#openTab(this.#browser, String(await this.evaluate('location.href')))
  }

  /** By a real click. */
  async toggle(): Promise<void> {
    await this.#click(`document.querySelector('bridge-widget').shadowRoot.querySelector('[role=switch]')`)
  }

  async untilState(state: string): Promise<void> {
    await this.#until(`document.querySelector('bridge-widget').state === '${state}'`)
  }

  /** Freezes the page, as a browser does with a hidden one to save power. What a test evaluates there still runs. */
  async freeze(): Promise<void> {
    for (const [type, isFrozen] of [['freeze', true] as const, ['resume', false] as const]) {
      await this.evaluate(`document.addEventListener('${type}', () => { globalThis.isFrozen = ${isFrozen} })`)
    }
    await this.#send('Page.setWebLifecycleState', { state: 'frozen' })
    await this.#until('globalThis.isFrozen === true')
  }

  /** Undoes it, and shows the tab. */
  async resume(): Promise<void> {
    await this.#send('Page.setWebLifecycleState', { state: 'active' })
    await this.#until('globalThis.isFrozen === false')
  }

  /** Puts another tab of the same window in front. */
  async hide(): Promise<void> {
    const { targetId } = await this.#devTools.send('Target.createTarget', {
      url: 'about:blank',
      newWindow: false,
    })
    await this.#devTools.send('Target.activateTarget', { targetId })
    await this.#until('document.hidden')
  }

  /** Hides it until the browser has slowed the page's own timers down, to one a minute. */
  async hideUntilThrottled(): Promise<void> {
    await this.evaluate(
      `{ const tick = () => { globalThis.tickedAt = performance.now(); setTimeout(tick, 100) }; tick() }`,
    )
    const isThrottled = `performance.now() - globalThis.tickedAt > ${THROTTLED_MS}`
    await this.hide()
    try {
      await this.#until(isThrottled, OVERLOOKED_MS)
    } catch {
      await this.#devTools.send('Target.activateTarget', { targetId: this.#targetId })
      await this.#until('!document.hidden')
      await this.hide()
      await this.#until(isThrottled)
    }
  }

  async isHidden(): Promise<boolean> {
    return (await this.evaluate('document.hidden')) === true
  }

  /** Ids of the processes in which pages run. */
  async rendererProcesses(): Promise<number[]> {
    const { processInfo } = await this.#devTools.send('SystemInfo.getProcessInfo')
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.#send('Runtime.evaluate', { expression, returnByValue: true })
    return (answer as { result?: { value?: unknown } }).result?.value
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }

  async #click(element: string): Promise<void> {
    const box = `JSON.stringify((({ x, y, width, height }) => [x + width / 2, y + height / 2])(${element}.getBoundingClientRect()))`
    const [x, y] = JSON.parse(String(await this.evaluate(box)))
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.#send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 })
    }
  }

  async #until(condition: string, timeoutMs: number = TIMEOUT_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while ((await this.evaluate(condition)) !== true) {
      if (Date.now() > deadline) throw new Error(`it did not happen that ${condition}`)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  #send(method: string, params: object): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    const answer = new Promise((resolve) => this.#answers.set(id, resolve))
    const message = JSON.stringify({ id, method, params })
    void this.#devTools.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message })
    return answer
  }
}
