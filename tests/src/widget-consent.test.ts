import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'

// As strict as a host page can be and still embed the widget.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws:; img-src data:"

const HOST_PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title>
<script type="module" src="/widget/bridge-widget.js"></script><bridge-widget network="/v1/network"></bridge-widget>`

const DESCRIPTOR = {
  version: 1,
  signaling: ['http://127.0.0.1:1'],
  egresses: [{ id: 'one', url: 'http://127.0.0.1:1', publicKey: 'A'.repeat(43) }],
  stun: [],
  ticketKey: 'A'.repeat(43),
}

/** Counts what no page may do without consent, before any script of the page runs. */
function watchConstructors(): void {
  const made: string[] = []
  Object.assign(globalThis, { made })
  for (const name of ['RTCPeerConnection', 'WebSocket', 'Worker', 'EventSource'] as const) {
    const Original = globalThis[name] as unknown as new (...args: unknown[]) => object
    const Watched = class extends Original {
      constructor(...args: unknown[]) {
        made.push(name)
        super(...args)
      }
    }
    Object.assign(globalThis, { [name]: Watched })
  }
}

let server: Server
let origin: string
let requests: string[]
/** Whether the server has turned against its visitors since it handed out the element. */
let tampers = false
let browser: Browser
let page: Page
const violations: string[] = []

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const path = request.url ?? ''
    requests.push(path)
    response.setHeader('content-security-policy', POLICY)
    if (path === '/') response.setHeader('content-type', 'text/html').end(HOST_PAGE)
    else if (path === '/v1/network') response.end(JSON.stringify(DESCRIPTOR))
    else if (path.startsWith('/widget/')) {
      const url = import.meta.resolve(`@footbridge/bridge-widget${path}`)
      const script = await readFile(fileURLToPath(url), 'utf8')
      const extra = tampers ? ';globalThis.isTampered = true' : ''
      response.setHeader('content-type', 'text/javascript').end(script + extra)
    } else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  server.close()
})

beforeEach(async () => {
  await page?.close()
  requests = []
  tampers = false
  violations.length = 0
  page = await browser.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') violations.push(message.text())
  })
  await page.addInitScript(watchConstructors)
  await page.goto(origin, { waitUntil: 'networkidle' })
})

const state = () => page.evaluate(() => (document.querySelector('bridge-widget') as BridgeWidget).state)
const made = () => page.evaluate(() => (globalThis as unknown as { made: string[] }).made)
const stored = () =>
  page.evaluate(async () => [
    document.cookie,
    localStorage.length,
    sessionStorage.length,
    (await indexedDB.databases()).length,
  ])

async function expectNothingHappened(): Promise<void> {
  await page.waitForLoadState('networkidle')
  expect(await state()).toBe('off')
  expect(await made()).toEqual([])
  expect(await stored()).toEqual(['', 0, 0, 0])
  expect(requests).toEqual(['/', '/widget/bridge-widget.js'])
}

describe('the element, without consent', () => {
  it('does nothing when it is loaded, under a strict policy', async () => {
    await expectNothingHappened()
    expect(violations).toEqual([])
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
    requests = []
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
  const untilState = (state: string) =>
    page.waitForFunction(
      (state) => (document.querySelector('bridge-widget') as { state?: string } | null)?.state === state,
      state,
    )

  it('is turned on by a real click, makes no WebRTC connection yet, and is turned off by another', async () => {
    await page.getByRole('switch').click()
    await page.waitForFunction(() => (globalThis as unknown as { made: string[] }).made.length > 0)
    expect(await state()).toBe('connecting')
    // The worker is for timers.
    expect(new Set(await made())).toEqual(new Set(['WebSocket', 'Worker']))
    expect(requests.filter((path) => /^\/widget\/engine-/.test(path))).toHaveLength(1)
    expect(requests).toContain('/v1/network')
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
    await page.waitForFunction(() => (globalThis as unknown as { made: string[] }).made.length > 0)
    expect(requests.filter((path) => path === '/v1/network')).toHaveLength(1)
  })

  it('does not run an engine other than the one it was built with', async () => {
    tampers = true
    await page.getByRole('switch').click()
    await page.getByRole('status').filter({ hasText: 'could not be turned on' }).waitFor({ timeout: 5_000 })
    expect(requests.filter((path) => /^\/widget\/engine-/.test(path))).toHaveLength(1)
    expect(await page.evaluate(() => 'isTampered' in globalThis)).toBe(false)
    expect(await state()).toBe('off')
    expect(await made()).toEqual([])
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
    expect(await made()).toEqual([])
  })

  it('takes a rate as people write it, and an attribute that is taken away as none', async () => {
    await page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      widget.setAttribute('max-rate', '2MB')
      widget.setAttribute('max-clients', '4')
      widget.removeAttribute('max-clients')
    })
    await page.getByRole('switch').click()
    await page.waitForFunction(() => (globalThis as unknown as { made: string[] }).made.length > 0)
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
