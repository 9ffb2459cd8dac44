import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { FootbridgeClient } from '@footbridge/client'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'
import { hashOfDownload, Origin } from './origin.test.helper.ts'
import { launchRealBrowser, REAL_BROWSERS } from './real-browser.ts'

const FIREFOX_ID = 'footbridge@footbridge.invalid'
/** Firefox draws one for each installation, unless it is told. */
const FIREFOX_UUID = '6f0d7b1e-52a1-4c3c-9d0e-8f6a3c1b2d4e'

let network: TestNetwork
let origin: Origin
/** Hands out the network's descriptor, and counts: without it the extension knows no other address. */
let descriptorServer: Server
let requests = 0
let descriptorUrl: string

beforeAll(async () => {
  ;[network, origin] = await Promise.all([TestNetwork.start(), Origin.start()])
  descriptorServer = createServer((_, response) => {
    requests += 1
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
    await opened.goto(`${base}/${page}`)
    return opened
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
    const folder = new URL(`../../bridge-widget/dist/extension/${name}`, import.meta.url)
    const id = await browser.installExtension(fileURLToPath(folder))
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
    await options.locator('input').fill(descriptorUrl)
    await options.locator('button').click()
    await options.waitForSelector('input[aria-invalid=false]')
    await options.close()
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

  it('is turned off by a click, and leaves nothing behind', async () => {
    await click()
    await untilState('off')
    await expect.poll(badge).toBe('')
    await expect.poll(() => client.status.paths).toEqual([])
    await popup.reload()
    await popup.waitForSelector('bridge-widget')
    expect(await state()).toBe('off')
    expect(await popup.evaluate(() => localStorage.getItem('footbridge:consent'))).toBeNull()
  })
})
