import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { FootbridgeClient } from '@footbridge/client'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'
import { hashOfDownload, Origin } from './origin.test.helper.ts'
import { launchRealBrowser, REAL_BROWSERS } from './real-browser.ts'

const EXTENSIONS = fileURLToPath(new URL('../../bridge-widget/dist/extension', import.meta.url))
const FIREFOX_ID = 'footbridge@footbridge.invalid'
/** Firefox draws one for each installation, unless it is told. */
const FIREFOX_UUID = '6f0d7b1e-52a1-4c3c-9d0e-8f6a3c1b2d4e'

const DAY_MS = 24 * 3_600_000
const LONG = process.env.FOOTBRIDGE_LONG === '1'

let network: TestNetwork
let origin: Origin
/** Hands out the network's descriptor, and counts: without it the extension knows no other address. */
let descriptorServer: Server
let requests = 0
let isDown = false
let descriptorUrl: string

beforeAll(async () => {
  ;[network, origin] = await Promise.all([TestNetwork.start(), Origin.start()])
  descriptorServer = createServer((_, response) => {
    requests += 1
    if (isDown) return void response.writeHead(503).end()
    response.setHeader('access-control-allow-origin', '*').end(JSON.stringify(network.descriptor))
  }).listen(0, '127.0.0.1')
  await once(descriptorServer, 'listening')
  descriptorUrl = `http://127.0.0.1:${(descriptorServer.address() as AddressInfo).port}/network.json`
})
afterAll(async () => {
  await network.close()
  origin.close()
  descriptorServer.close()
})

describe('what the extension is made of', () => {
  const read = async (path: string) => JSON.parse(await readFile(join(EXTENSIONS, path), 'utf8'))

  it('may do nothing with the pages that people visit', async () => {
    const [chromium, firefox] = await Promise.all(
      REAL_BROWSERS.map((browser) => read(`${browser}/manifest.json`)),
    )
    for (const manifest of [chromium, firefox]) {
      expect(manifest).not.toHaveProperty('host_permissions')
      expect(manifest).not.toHaveProperty('content_scripts')
      expect(manifest).not.toHaveProperty('web_accessible_resources')
      expect(manifest.content_security_policy.extension_pages).not.toContain('unsafe')
    }
    expect(chromium.permissions).toEqual(['offscreen'])
    expect(firefox).not.toHaveProperty('permissions')
  })

  it('says everything in twelve languages', async () => {
    const languages = await readdir(join(EXTENSIONS, 'firefox', '_locales'))
    expect(languages).toHaveLength(12)
    const english = await read('firefox/_locales/en/messages.json')
    for (const language of languages) {
      const texts = await read(`firefox/_locales/${language}/messages.json`)
      expect(Object.keys(texts)).toEqual(Object.keys(english))
      for (const { message } of Object.values<{ message: string }>(texts)) expect(message).not.toBe('')
      expect(texts.title_helping.message).toContain('$1')
      // The most that stores take.
      expect(texts.name.message.length).toBeLessThanOrEqual(75)
      expect(texts.description.message.length).toBeLessThanOrEqual(132)
    }
  })
})

describe.each(REAL_BROWSERS)('the extension in %s', (name) => {
  let browser: Browser
  let base: string
  let popup: Page
  let client: FootbridgeClient

  const untilState = (...states: string[]) =>
    popup.waitForFunction(
      (states) =>
        states.includes((document.querySelector('bridge-widget') as BridgeWidget | null)?.state ?? ''),
      { timeout: 20_000 },
      states,
    )
  const state = () => popup.evaluate(() => (document.querySelector('bridge-widget') as BridgeWidget).state)
  const badge = () => popup.evaluate(() => chrome.action.getBadgeText({}))
  const title = () => popup.evaluate(() => chrome.action.getTitle({}))
  const click = () => popup.locator('bridge-widget >>> [role=switch]').click()
  const open = async (page: string): Promise<Page> => {
    const opened = await browser.newPage()
    // Firefox does not tell its driver when a page of an extension is loaded.
    void opened.goto(`${base}/${page}`).catch(() => {})
    const direction = () => opened.evaluate(() => document.documentElement.dir).catch(() => '')
    await expect.poll(direction, { timeout: 10_000 }).toBe('ltr')
    return opened
  }
  const choose = async (url: string): Promise<void> => {
    const options = await open('options.html')
    await options.locator('input').fill(url)
    await options.locator('button').click()
    await options.waitForSelector('input[aria-invalid=false]')
    await options.close()
  }
  const download = async (): Promise<string> => {
    const response = await client.fetch(`http://127.0.0.1:${origin.http}/bytes/1`)
    const hash = createHash('sha256')
    for await (const bytes of response.body ?? []) hash.update(bytes)
    return hash.digest('hex')
  }

  beforeAll(async () => {
    requests = 0
    browser = await launchRealBrowser(name, {
      preferences: { 'extensions.webextensions.uuids': JSON.stringify({ [FIREFOX_ID]: FIREFOX_UUID }) },
    })
    const id = await browser.installExtension(join(EXTENSIONS, name))
    base = name === 'firefox' ? `moz-extension://${FIREFOX_UUID}` : `chrome-extension://${id}`
  })
  afterAll(async () => {
    await client?.close()
    await browser?.close()
  })

  it('asks for a network before anything else', async () => {
    popup = await open('popup.html')
    await popup.waitForSelector('#choose:not([hidden])')
    expect(await popup.$('bridge-widget')).toBeNull()
    await popup.close()
  })

  it('takes the address of one, and says what is none', async () => {
    const options = await open('options.html')
    await options.locator('input').fill('not an address')
    await options.locator('button').click()
    await options.waitForSelector('input[aria-invalid=true]')
    await options.close()
    await choose(descriptorUrl)
  })

  it('does nothing before somebody clicks', async () => {
    popup = await open('popup.html')
    await popup.waitForSelector('bridge-widget')
    await popup.evaluate(() =>
      document.querySelector('bridge-widget')?.shadowRoot?.querySelector('button')?.click(),
    )
    expect(await state()).toBe('off')
    expect(await badge()).toBe('')
    expect(requests).toBe(0)
  })

  it('is turned on by a click, and says so in the toolbar', async () => {
    await click()
    await untilState('waiting')
    await expect.poll(badge).toBe('0')
    expect(requests).toBe(1)
  })

  it('helps, and goes on when the popup is closed', async () => {
    client = await network.addClient({ paths: 1 })
    expect(await download()).toBe(hashOfDownload(1))
    await untilState('helping')
    await expect.poll(badge).toBe('1')
    expect(await title()).toContain('1')
    const [path] = client.status.paths
    await popup.close()
    expect(await download()).toBe(hashOfDownload(1))
    expect(client.status.paths[0]?.bridgeId).toBe(path?.bridgeId)
  })

  it('shows what runs when the popup is opened again', async () => {
    popup = await open('popup.html')
    await untilState('helping')
    expect(
      await popup.evaluate(
        () => (document.querySelector('bridge-widget') as BridgeWidget).stats.peopleHelped,
      ),
    ).toBe(1)
    expect(requests).toBe(1)
  })

  it.runIf(LONG)(
    'outlives what browsers do to a background that nothing happens in',
    async () => {
      await client.close()
      await untilState('waiting')
      await popup.close()
      await new Promise((resolve) => setTimeout(resolve, 60_000))
      client = await network.addClient({ paths: 1 })
      expect(await download()).toBe(hashOfDownload(1))
      popup = await open('popup.html')
      await untilState('helping')
    },
    120_000,
  )

  it('goes on by itself when a newer version takes its place, once the network is there, and shows it', async () => {
    await client.close()
    await popup.close()
    isDown = true
    await browser.installExtension(join(EXTENSIONS, name))
    await expect.poll(() => requests, { timeout: 10_000 }).toBe(2)
    isDown = false
    await expect.poll(() => requests, { timeout: 10_000 }).toBe(3)
    client = await network.addClient({ paths: 1 })
    expect(await download()).toBe(hashOfDownload(1))
    popup = await open('popup.html')
    await untilState('helping')
    await expect.poll(badge).toBe('1')
  })

  it('is turned off by the choice of another network, to which nobody said yes', async () => {
    await choose(`${descriptorUrl}?another`)
    await untilState('off')
    await expect.poll(() => client.status.paths).toEqual([])
    await choose(descriptorUrl)
    await popup.close()
    popup = await open('popup.html')
    expect(await state()).toBe('off')
  })

  it('is turned off by a click, and leaves nothing behind', async () => {
    await click()
    await untilState('waiting')
    await click()
    await untilState('off')
    await expect.poll(badge).toBe('')
    expect(await popup.evaluate(() => localStorage.getItem('footbridge:consent'))).toBeNull()
    if (name === 'chromium') {
      const hosts = () =>
        popup.evaluate(() => chrome.runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT' as never] }))
      await expect.poll(hosts, { timeout: 10_000 }).toEqual([])
    }
  })

  it('asks anew when the consent is 30 days old', async () => {
    await popup.evaluate(
      (givenAt) => {
        localStorage.setItem('footbridge:consent', JSON.stringify({ version: 1, givenAt }))
      },
      Date.now() - 30 * DAY_MS,
    )
    const before = requests
    await popup.close()
    popup = await open('popup.html')
    expect(await state()).toBe('off')
    expect(await badge()).toBe('')
    expect(requests).toBe(before)
  })
})
