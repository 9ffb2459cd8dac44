import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BridgeWidget, BridgeWidgetEvents } from '@footbridge/bridge-widget'
import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { TestNetwork } from './network.test.helper.ts'
import { Origin } from './origin.test.helper.ts'

const FRAME_STILL_MS = 600
const CLICKS_TIMEOUT_MS = 20_000
const README = new URL('../../README.md', import.meta.url)

/** A page that embeds the network's toggle, as the README tells site owners to. */
interface SitePage {
  readonly html: string
  readonly policy: string
}

interface Violation {
  readonly directive: string
  readonly blocked: string
}

let network: TestNetwork
let origin: Origin
let site: Server
let browser: Browser
let page: Page
/** Violations that browsers reported to the site. */
let reports: string[]
let served: SitePage
let sitePort: number

beforeAll(async () => {
  origin = await Origin.start()
  network = await TestNetwork.start()
  site = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      reports.push(body)
      response.writeHead(204).end()
      return
    }
    response.setHeader('content-security-policy', `${served.policy}; report-uri /reports`)
    // As isolated as a page can be.
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>Site</title>${served.html}`)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  sitePort = (site.address() as AddressInfo).port
  browser = await launchChromium()
})

afterAll(async () => {
  await browser.close()
  site.close()
  await network.close()
  origin.close()
})

beforeEach(async () => {
  reports = []
  page = await (await browser.newContext()).newPage()
  await page.addInitScript(() => {
    const violations: Violation[] = []
    Object.assign(globalThis, { violations })
    document.addEventListener('securitypolicyviolation', (event) => {
      violations.push({ directive: event.effectiveDirective, blocked: event.blockedURI })
    })
  })
})

afterEach(() => page.context().close())

/** The recipe below `heading`, for this network. */
async function recipe(heading: string): Promise<SitePage> {
  const readme = await readFile(README, 'utf8')
  const section = readme.split(`\n### ${heading}\n`)[1]?.split('\n### ')[0] ?? ''
  const html = section.match(/```html\n([\s\S]*?)```/)?.[1] ?? ''
  const policy = section.match(/^Content-Security-Policy: (.*)$/m)?.[1] ?? ''
  expect(html).not.toBe('')
  expect(policy).not.toBe('')
  return { html: await filledIn(html), policy: await filledIn(policy) }
}

async function filledIn(text: string): Promise<string> {
  const manifest = await (await fetch(`${network.signaling.url}/widget/manifest.json`)).json()
  const [signaling, egress] = [network.signaling.url, network.egress.url].map((url) => new URL(url).host)
  return text
    .replaceAll('SIGNALING', String(signaling))
    .replaceAll('EGRESS', String(egress))
    .replaceAll('RELEASE', manifest.release)
    .replaceAll('INTEGRITY', manifest.files['bridge-widget.js'].integrity)
    .replaceAll('https:', 'http:')
    .replaceAll('wss:', 'ws:')
}

/** By default on another site than the network's 127.0.0.1, as far as browsers are concerned. */
async function open(sitePage: SitePage, host = 'localhost'): Promise<void> {
  served = sitePage
  await page.goto(`http://${host}:${sitePort}/`)
}

const violationsIn = (frame: Frame): Promise<Violation[]> =>
  frame.evaluate(() => (globalThis as unknown as { violations: Violation[] }).violations)

async function allViolations(): Promise<Violation[]> {
  return (await Promise.all(page.frames().map(violationsIn))).flat()
}

const stateIn = (frame: Frame): Promise<string> =>
  frame.evaluate(() => (document.querySelector('bridge-widget') as BridgeWidget).state)

async function untilState(frame: Frame, state: string): Promise<void> {
  await frame.waitForFunction(
    (state) => (document.querySelector('bridge-widget') as BridgeWidget | null)?.state === state,
    state,
  )
}

/** Turns it on, has it relay for somebody, and turns it off again. */
async function help(frame: Frame): Promise<void> {
  await frame.getByRole('switch').click()
  await untilState(frame, 'waiting')
  const client = await network.addClient({ paths: 1 })
  const response = await client.fetch(`http://127.0.0.1:${origin.http}/page`)
  expect(await response.text()).toBe('you asked for /page')
  await untilState(frame, 'helping')
  await client.close()
  await frame.getByRole('switch').click()
  await untilState(frame, 'off')
}

async function framed(): Promise<Frame> {
  const element = await page.waitForSelector('iframe')
  const frame = await element.contentFrame()
  if (frame === null) throw new Error('the frame is empty')
  // Until it is loaded, nothing may be evaluated in it: that would count as a gesture.
  await frame.waitForURL(/\/widget\/frame\.html/)
  await frame.waitForSelector('bridge-widget')
  // A browser drops what is pressed in a frame of another site that was not yet where it is now for half a second.
  await frame.evaluate((still) => new Promise((resolve) => setTimeout(resolve, still)), FRAME_STILL_MS)
  return frame
}

describe('the recipe for the element', () => {
  it('allows nothing unsafe, and no origin but the network’s', async () => {
    const { policy } = await recipe('Element')
    expect(policy).toMatch(/^default-src 'none';/)
    expect(policy).not.toMatch(/unsafe|wasm|\*|blob:|data:|'self'|nonce|https?:(?!\/\/)/)
    const hosts = [...policy.matchAll(/\w+:\/\/([^ ;/]+)/g)].map(([, host]) => host)
    const own = [network.signaling.url, network.egress.url].map((url) => new URL(url).host)
    expect(new Set(hosts)).toEqual(new Set(own))
  })

  it('is kept while it is turned on, relays and is turned off, in an isolated page', async () => {
    await open(await recipe('Element'))
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    await help(page.mainFrame())
    expect(await allViolations()).toEqual([])
    expect(reports).toEqual([])
  })

  it('is one that the browser enforces and reports', async () => {
    await open(await recipe('Element'))
    const reported = page.waitForRequest((request) => request.url().endsWith('/reports'))
    await page
      .evaluate(() => {
        const script = document.createElement('script')
        script.src = 'http://elsewhere.example/script.js'
        document.head.append(script)
      })
      .catch(() => {})
    await reported
    expect(await allViolations()).not.toEqual([])
  })

  it('runs no element other than the one that the page names', async () => {
    const { html, policy } = await recipe('Element')
    await open({ html: html.replace(/sha384-.{8}/, 'sha384-AAAAAAAA'), policy })
    await page.waitForLoadState('networkidle')
    expect(await page.evaluate(() => customElements.get('bridge-widget') === undefined)).toBe(true)
  })
})

describe('the recipe for the frame', () => {
  it('is kept while it is turned on, relays and is turned off, in an isolated page', async () => {
    await open(await recipe('Frame'))
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    await help(await framed())
    expect(await allViolations()).toEqual([])
    expect(reports).toEqual([])
  })

  it('gives it the looks that its address asks for, and no network but its own', async () => {
    const { html, policy } = await recipe('Frame')
    const elsewhere = 'layout=banner&theme=dark&network=http://elsewhere.example/v1/network&hidden='
    await open({ html: html.replace('layout=card&theme=auto', elsewhere), policy })
    const frame = await framed()
    const attributes = await frame.evaluate(() =>
      Object.fromEntries(
        [...(document.querySelector('bridge-widget')?.attributes ?? [])].map(({ name, value }) => [
          name,
          value,
        ]),
      ),
    )
    expect(attributes).toEqual({ network: '/v1/network', layout: 'banner', theme: 'dark', lang: 'en' })
  })
})

describe('a hostile page around the frame', () => {
  const policy = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; frame-src *"

  it('starts nothing by messages, or by a gesture of its own', async () => {
    const { html } = await recipe('Frame')
    await open({ html: `<button>Win a prize</button>${html}`, policy })
    const frame = await framed()
    await page.evaluate(() => {
      document.querySelector('button')?.addEventListener('click', () => {
        for (const data of ['start', { type: 'start' }, { type: 'footbridge', state: 'helping' }]) {
          frames[0]?.postMessage(data, '*')
        }
      })
    })
    await page.getByRole('button').click()
    await frame.evaluate(() => new Promise((resolve) => setTimeout(resolve, 0)))
    expect(await stateIn(frame)).toBe('off')
  })

  it('starts nothing by consent that was given before', async () => {
    await page.goto(network.signaling.url)
    await page.getByRole('switch').click()
    await untilState(page.mainFrame(), 'waiting')
    await page.addInitScript(() => {
      const asked: boolean[] = []
      Object.assign(globalThis, { asked })
      // Whether anything may start that no gesture in the frame has asked for, before the test evaluates anything in it.
      addEventListener('load', () => {
        const event = new CustomEvent('bridge-beforestart', {
          bubbles: true,
          composed: true,
          cancelable: true,
        })
        asked.push(document.querySelector('bridge-widget')?.dispatchEvent(event) ?? true)
      })
    })
    // Of one site with the network, the frame has the storage of its volunteer page.
    await open({ html: (await recipe('Frame')).html, policy }, new URL(network.signaling.url).hostname)
    const frame = await framed()
    expect(await frame.evaluate(() => (globalThis as unknown as { asked: boolean[] }).asked)).toEqual([false])
    expect(await stateIn(frame)).toBe('off')
    // Nor by a gesture that means something else, such as to read how it works, when it comes into view after that.
    await frame.getByRole('button', { name: 'How this works' }).click()
    await frame.evaluate(async () => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      document.body.append(widget)
      await widget.updateComplete
    })
    expect(await stateIn(frame)).toBe('off')
  })

  it.each([
    ['lets nobody see', 'iframe { opacity: 0.01 }'],
    ['lays a prize over', 'div { position: fixed; inset: 0; background: gold; pointer-events: none }'],
  ])('starts nothing by a click on a frame that it %s', async (_, style) => {
    const { html } = await recipe('Frame')
    const unsafe = `${policy}; style-src 'unsafe-inline'`
    await open({ html: `<style>${style}</style>${html}<div></div>`, policy: unsafe })
    const frame = await framed()
    const box = await frame.getByRole('switch').boundingBox()
    if (box === null) throw new Error('the switch is nowhere')
    await frame.evaluate(() => {
      const tell = (told: string) => Object.assign(globalThis, { told })
      addEventListener('bridge-error', () => tell('refused'))
      document.addEventListener('bridge-statechange', (event) => {
        if ((event as BridgeWidgetEvents['bridge-statechange']).detail.state !== 'off') tell('started')
      })
    })
    // On a busy machine the browser drops the first ones still.
    const clicked = async (): Promise<unknown> => {
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
      return frame.evaluate(() => (globalThis as { told?: string }).told)
    }
    await expect.poll(clicked, { timeout: CLICKS_TIMEOUT_MS, interval: FRAME_STILL_MS }).toBe('refused')
    expect(await stateIn(frame)).toBe('off')
  })

  it('is told how tall it is and what it does, and no more', async () => {
    const { html } = await recipe('Frame')
    const collect =
      '<script>messages = []; onmessage = ({ origin, data }) => messages.push({ origin, data })</script>'
    await open({ html: collect + html, policy })
    const frame = await framed()
    await frame.getByRole('switch').click()
    await page.waitForFunction(
      () =>
        (globalThis as unknown as { messages: { data: { state: string } }[] }).messages.at(-1)?.data.state ===
        'waiting',
    )
    const messages = await page.evaluate(
      () => (globalThis as unknown as { messages: { origin: string; data: object }[] }).messages,
    )
    expect(new Set(messages.map(({ origin }) => origin))).toEqual(new Set([network.signaling.url]))
    for (const { data } of messages) {
      expect(data).toEqual({
        type: 'footbridge',
        state: expect.any(String),
        ...('reason' in data && { reason: undefined }),
        height: expect.any(Number),
      })
    }
  })
})
