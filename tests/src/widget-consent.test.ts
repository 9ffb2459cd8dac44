import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { HostPage } from './host-page.test.helper.ts'

const LAYOUTS = ['switch', 'card', 'banner', 'floating']

let browser: Browser
let host: HostPage
let page: Page

beforeAll(async () => {
  browser = await launchChromium()
  host = await HostPage.serve(browser)
})
afterAll(async () => {
  await host.close()
  await browser.close()
})

beforeEach(() => open())

async function open(query?: string): Promise<void> {
  await host.open(query)
  page = host.page
}

const state = () => host.state()
const made = () => host.made()
const untilState = (state: string) => host.untilState(state)
/** The first of what turning it on does that costs anything. */
const untilItConnects = () =>
  page.waitForFunction(() => (globalThis as unknown as { made: string[] }).made.includes('WebSocket'))

async function expectNothingHappened(): Promise<void> {
  await page.waitForLoadState('networkidle')
  expect(await state()).toBe('off')
  expect(await made()).toEqual([])
  expect(host.requests).toEqual(['/', '/widget/bridge-widget.js'])
}

describe('the element, without consent', () => {
  it.each(LAYOUTS)('does nothing when it is loaded as a %s', async (layout) => {
    await open(`?layout=${layout}`)
    await expectNothingHappened()
    expect(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])).toEqual([
      '',
      0,
      0,
    ])
  })

  it('has its looks under a strict policy', async () => {
    expect(host.complaints).toEqual([])
    // Its style came through: under this policy only an adopted style sheet can.
    expect(await page.getByRole('switch').evaluate((button) => getComputedStyle(button).borderRadius)).toBe(
      '999px',
    )
  })

  it('is not turned on by a script that clicks', async () => {
    await page.evaluate(() => {
      const button = document.querySelector('bridge-widget')?.shadowRoot?.querySelector('button')
      button?.click()
      button?.dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }))
      document.querySelector<HTMLElement>('bridge-widget')?.click()
    })
    await expectNothingHappened()
  })

  it('is not turned on by a page that is no longer frozen, or says so', async () => {
    await page.evaluate(() => {
      for (const type of ['freeze', 'resume']) document.dispatchEvent(new Event(type))
    })
    await expectNothingHappened()
  })

  it('rejects start() outside a user gesture', async () => {
    // In the page's own time: what a test evaluates counts as a gesture.
    await page.addInitScript(() => {
      addEventListener('load', () => {
        const widget = document.querySelector('bridge-widget') as BridgeWidget
        setTimeout(() => {
          widget.start().catch((error: Error) => {
            document.title = error.name
          })
        }, 0)
      })
    })
    host.requests.length = 0
    await page.reload()
    await page.waitForFunction(() => document.title !== 'Host')
    expect(await page.title()).toBe('NotAllowedError')
    await expectNothingHappened()
  })

  it('is not turned on while it is disabled', async () => {
    await page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      widget.disabled = true
    })
    await page.getByRole('switch').click({ force: true })
    await expectNothingHappened()
  })

  it('is not turned on when the page says no', async () => {
    await page.evaluate(() => {
      document.addEventListener('bridge-beforestart', (event) => event.preventDefault())
    })
    await page.getByRole('switch').click()
    await expectNothingHappened()
  })
})

describe('the element, with consent', () => {
  it.each(LAYOUTS)('is turned on by a real click as a %s', async (layout) => {
    await open(`?layout=${layout}`)
    if (layout === 'floating') await page.getByRole('button', { name: 'Be a bridge' }).click()
    await page.getByRole('switch').click()
    await untilItConnects()
  })

  it('is turned on by a real click, makes no WebRTC connection yet, and is turned off by another', async () => {
    await page.getByRole('switch').click()
    await untilItConnects()
    expect(await state()).toBe('connecting')
    expect(await made()).not.toContain('RTCPeerConnection')
    expect(host.requests.filter((path) => /^\/widget\/engine-/.test(path))).toHaveLength(1)
    expect(host.requests).toContain('/v1/network')
    await page.getByRole('switch').click()
    expect(await state()).toBe('off')
  })

  it('can be turned off even when it was disabled meanwhile', async () => {
    await page.getByRole('switch').click()
    await untilState('connecting')
    await page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      widget.disabled = true
      return widget.updateComplete
    })
    await page.getByRole('switch').click({ timeout: 5_000 })
    expect(await state()).toBe('off')
  })

  it('is turned on once when the page turns it on while it is asked', async () => {
    await page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      widget.addEventListener('bridge-beforestart', () => void widget.start(), { once: true })
    })
    await page.getByRole('switch').click()
    await untilItConnects()
    expect(host.requests.filter((path) => path === '/v1/network')).toHaveLength(1)
  })

  it('is turned on whatever else another tab of the site stores meanwhile', async () => {
    await page.evaluate(() => {
      const store = () => dispatchEvent(new StorageEvent('storage', { key: 'something of the site' }))
      document.addEventListener('bridge-statechange', store, { once: true })
    })
    await page.getByRole('switch').click()
    await untilItConnects()
    expect(await state()).toBe('connecting')
  })

  it('does not run an engine other than the one it was built with', async () => {
    host.tampers = true
    await page.getByRole('switch').click()
    await page.getByRole('status').filter({ hasText: 'could not be turned on' }).waitFor({ timeout: 5_000 })
    expect(host.requests.filter((path) => /^\/widget\/engine-/.test(path))).toHaveLength(1)
    expect(await page.evaluate(() => 'isTampered' in globalThis)).toBe(false)
    expect(await state()).toBe('off')
    expect(await made()).not.toContain('WebSocket')
  })

  it.each([
    ['max-clients', '0'],
    ['max-clients', '1025'],
    ['max-clients', 'many'],
    ['max-rate', '0'],
    ['max-rate', 'slow'],
  ])('says that %s="%s" cannot be', async (name, value) => {
    await page.evaluate(
      ([name, value]) => {
        const widget = document.querySelector('bridge-widget') as BridgeWidget
        widget.setAttribute(name, value)
        widget.addEventListener('bridge-error', ({ detail }) => {
          document.title = (detail.error as { code: string }).code
        })
      },
      [name, value] as const,
    )
    await page.getByRole('switch').click()
    await page.waitForFunction(() => document.title === 'usage', undefined, { timeout: 5_000 })
    expect(await state()).toBe('off')
    expect(await made()).not.toContain('WebSocket')
  })

  it('takes a rate as people write it, and an attribute that is taken away as none', async () => {
    await page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      widget.setAttribute('max-rate', '2MB')
      widget.setAttribute('max-clients', '4')
      widget.removeAttribute('max-clients')
    })
    await page.getByRole('switch').click()
    await untilItConnects()
    expect(await state()).toBe('connecting')
  })

  it('is turned on by the keyboard', async () => {
    await page.getByRole('switch').focus()
    await page.keyboard.press('Space')
    await untilState('connecting')
    expect(await page.getByRole('switch').getAttribute('aria-checked')).toBe('true')
  })

  it('is turned on by start() in a gesture of the page’s own', async () => {
    await page.evaluate(() => {
      const button = document.createElement('button')
      button.textContent = 'Help'
      button.onclick = () => (document.querySelector('bridge-widget') as BridgeWidget).start()
      document.body.append(button)
    })
    await page.getByRole('button', { name: 'Help' }).click()
    await untilState('connecting')
  })
})
