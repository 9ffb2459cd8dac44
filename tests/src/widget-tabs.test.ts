import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { TestNetwork } from './network.test.helper.ts'

/** The most that a bridge is away when its tab is gone. */
const HANDOVER_MS = 2_000

let network: TestNetwork
let browser: Browser
let context: BrowserContext

beforeAll(async () => {
  network = await TestNetwork.start()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await network.close()
})

beforeEach(async () => {
  context = await browser.newContext()
  await context.addInitScript(() => {
    const sockets: WebSocket[] = []
    Object.assign(globalThis, { sockets })
    globalThis.WebSocket = new Proxy(WebSocket, {
      construct(target, args: [string]) {
        const socket = new target(...args)
        sockets.push(socket)
        return socket
      },
    })
  })
})
afterEach(() => context.close())

async function openTab(): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${network.signaling.url}/`)
  await page.getByRole('switch').waitFor()
  return page
}

const toggle = (page: Page) => page.getByRole('switch').click()

const untilState = (page: Page, state: string, timeout = 5_000) =>
  page.waitForFunction((state) => document.querySelector('bridge-widget')?.state === state, state, {
    timeout,
  })

const state = (page: Page) =>
  page.evaluate(() => (document.querySelector('bridge-widget') as BridgeWidget).state)

/** Whether the engine runs in this tab, so not whether it shows that one does. */
const runs = (page: Page) =>
  page.evaluate(() =>
    (globalThis as unknown as { sockets: WebSocket[] }).sockets.some(({ readyState }) => readyState < 2),
  )

const consent = (page: Page) => page.evaluate(() => localStorage.getItem('footbridge:consent'))

describe('the tabs of an origin', () => {
  it('run one bridge, which all of them show and each can turn off', async () => {
    const [first, second] = [await openTab(), await openTab()]
    await toggle(first)
    await Promise.all([first, second].map((tab) => untilState(tab, 'waiting')))
    const later = await openTab()
    await untilState(later, 'waiting')
    const running = await Promise.all([first, second, later].map(runs))
    expect(running.filter(Boolean)).toHaveLength(1)
    const client = await network.addClient({ paths: 1 })
    await Promise.all([first, second, later].map((tab) => untilState(tab, 'helping')))
    expect(await later.evaluate(() => document.querySelector('bridge-widget')?.stats.peopleHelped)).toBe(1)
    await toggle(later)
    await Promise.all([first, second, later].map((tab) => untilState(tab, 'off')))
    expect(await first.evaluate(() => localStorage.getItem('footbridge:consent'))).toBeNull()
    await client.close()
    expect(await Promise.all([first, second, later].map(runs))).toEqual([false, false, false])
  })

  it.each([
    ['is closed', (tab: Page) => tab.close()],
    [
      'crashes',
      async (tab: Page) => {
        const devTools = await context.newCDPSession(tab)
        const crashed = tab.waitForEvent('crash')
        devTools.send('Page.crash').catch(() => {})
        await crashed
      },
    ],
    ['goes elsewhere', (tab: Page) => tab.goto('about:blank')],
    [
      'no longer has the element',
      (tab: Page) => tab.evaluate(() => document.querySelector('bridge-widget')?.remove()),
    ],
  ])('hand it over when the one that runs it %s', async (_, end) => {
    const first = await openTab()
    await toggle(first)
    await untilState(first, 'waiting')
    const second = await openTab()
    await untilState(second, 'waiting')
    expect(await runs(second)).toBe(false)
    await end(first)
    await second.waitForFunction(
      () =>
        (globalThis as unknown as { sockets: WebSocket[] }).sockets.length > 0 &&
        document.querySelector('bridge-widget')?.state === 'waiting',
      undefined,
      { timeout: HANDOVER_MS },
    )
    expect(await runs(second)).toBe(true)
  })

  it('run one each where the browser has no locks for them, and still are turned off together', async () => {
    await context.addInitScript(() =>
      Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }),
    )
    const [first, second] = [await openTab(), await openTab()]
    await toggle(first)
    await Promise.all([first, second].map((tab) => untilState(tab, 'waiting')))
    expect(await Promise.all([first, second].map(runs))).toEqual([true, true])
    await toggle(second)
    await Promise.all([first, second].map((tab) => untilState(tab, 'off')))
  })
})

describe('the tabs of an origin whose storage is full', () => {
  it('stay off once one of them was turned off', async () => {
    await context.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    })
    const [first, second] = [await openTab(), await openTab()]
    for (const tab of [first, second]) {
      await toggle(tab)
      await untilState(tab, 'waiting')
    }
    await toggle(first)
    await untilState(second, 'off')
    await second.evaluate(async () => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      widget.parentElement?.append(widget)
      await widget.updateComplete
    })
    expect(await state(second)).toBe('off')
  })
})

describe('a frame that may keep nothing and share nothing', () => {
  it('has a bridge of its own, until it is gone', async () => {
    const tab = await context.newPage()
    // A page without a policy of its own.
    await tab.goto(`${network.egress.url}/healthz`)
    const { url } = network.signaling
    const content = `<script type=module crossorigin src=${url}/widget/bridge-widget.js></script>
      <bridge-widget network=${url}/v1/network></bridge-widget>`
    await tab.setContent(
      `<iframe sandbox="allow-scripts" width="600" height="400" srcdoc='${content}'></iframe>`,
    )
    const frame = tab.frameLocator('iframe')
    await frame.getByRole('switch').click()
    await frame.locator('[data-state=waiting]').waitFor({ timeout: 5_000 })
    await frame.getByRole('switch').click()
    await frame.locator('[data-state=off]').waitFor({ timeout: 5_000 })
  })
})

describe('two elements of a page', () => {
  it('run one bridge', async () => {
    const page = await openTab()
    await page.evaluate(() => {
      const other = document.createElement('bridge-widget')
      other.network = '/v1/network'
      document.body.prepend(other)
    })
    await page.getByRole('switch').first().click()
    await page.waitForFunction(() =>
      [...document.querySelectorAll('bridge-widget')].every(({ state }) => state === 'waiting'),
    )
    expect(
      await page.evaluate(() => (globalThis as unknown as { sockets: WebSocket[] }).sockets.length),
    ).toBe(1)
    await page.getByRole('switch').last().click()
    await page.waitForFunction(() =>
      [...document.querySelectorAll('bridge-widget')].every(({ state }) => state === 'off'),
    )
  })
})

describe('consent', () => {
  it('resumes on the next visit for all to see, until a click ends it', async () => {
    const tab = await openTab()
    await toggle(tab)
    await untilState(tab, 'waiting')
    await tab.reload()
    await untilState(tab, 'waiting')
    expect(await tab.getByRole('switch').getAttribute('aria-checked')).toBe('true')
    await toggle(tab)
    expect([await state(tab), await consent(tab)]).toEqual(['off', null])
    await tab.reload()
    await tab.getByRole('switch').waitFor()
    expect(await state(tab)).toBe('off')
    expect(await runs(tab)).toBe(false)
  })

  it('resumes nothing where it cannot be seen', async () => {
    const tab = await openTab()
    await toggle(tab)
    await untilState(tab, 'waiting')
    await tab.addInitScript(() => {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync('main { opacity: 0 }')
      document.adoptedStyleSheets = [sheet]
    })
    await tab.reload()
    await tab.getByRole('switch').waitFor()
    expect(await state(tab)).toBe('off')
    expect(await runs(tab)).toBe(false)
  })
})

describe('the back/forward cache', () => {
  /** Goes away and back; whether the page was kept meanwhile. */
  async function isKept(tab: Page): Promise<boolean> {
    await tab.evaluate(() => Object.assign(globalThis, { isSamePage: true }))
    await tab.goto(`${network.signaling.url}/status`)
    await tab.goBack({ waitUntil: 'commit' })
    await tab.getByRole('switch').waitFor()
    return tab.evaluate(() => 'isSamePage' in globalThis)
  }

  it('keeps a page whose bridge is off, or was on', async () => {
    const tab = await openTab()
    expect(await isKept(tab)).toBe(true)
    await toggle(tab)
    await untilState(tab, 'waiting')
    await toggle(tab)
    expect(await isKept(tab)).toBe(true)
    expect(await state(tab)).toBe('off')
  })

  it('gives back a page whose bridge goes on with consent, also with what was given meanwhile', async () => {
    const tab = await openTab()
    await toggle(tab)
    await untilState(tab, 'waiting')
    await isKept(tab)
    await untilState(tab, 'waiting')
    await toggle(tab)
    await tab.goto(`${network.signaling.url}/status`)
    const other = await openTab()
    await toggle(other)
    await untilState(other, 'waiting')
    await tab.goBack({ waitUntil: 'commit' })
    await untilState(tab, 'waiting')
    expect(await runs(tab)).toBe(false)
  })
})
