import { createHash, randomBytes } from 'node:crypto'
import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { FootbridgeClient } from '@footbridge/client'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'
import { hashOfDownload, Origin } from './origin.test.helper.ts'
import { launchRealBrowser, REAL_BROWSERS } from './real-browser.ts'

const MEBIBYTES = 16

let network: TestNetwork
let origin: Origin

beforeAll(async () => {
  ;[network, origin] = await Promise.all([TestNetwork.start(), Origin.start()])
})
afterAll(async () => {
  await network.close()
  origin.close()
})

describe.each(REAL_BROWSERS)('the volunteer page in %s', (name) => {
  let browser: Browser
  let page: Page
  let client: FootbridgeClient
  const complaints: string[] = []

  const untilState = (...states: string[]) =>
    page.waitForFunction(
      (states) =>
        states.includes((document.querySelector('bridge-widget') as BridgeWidget | null)?.state ?? ''),
      { timeout: 20_000 },
      states,
    )

  beforeAll(async () => {
    browser = await launchRealBrowser(name)
    page = await browser.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${network.signaling.url}/`)
  })
  afterAll(async () => {
    await client?.close()
    await browser?.close()
  })

  it('is turned on by a click', async () => {
    await page.locator('bridge-widget >>> [role=switch]').click()
    await untilState('waiting')
  })

  it('passes 16 MiB down unchanged', async () => {
    client = await network.addClient({ paths: 1 })
    const response = await client.fetch(`http://127.0.0.1:${origin.http}/bytes/${MEBIBYTES}`)
    const hash = createHash('sha256')
    for await (const bytes of response.body ?? []) hash.update(bytes)
    expect(hash.digest('hex')).toBe(hashOfDownload(MEBIBYTES))
    // Through this browser: there is no other bridge.
    expect(client.status.paths.map(({ carrier }) => carrier)).toEqual(['webrtc'])
    await untilState('helping')
  })

  it('passes 16 MiB up unchanged', async () => {
    const body = randomBytes(MEBIBYTES * 1_048_576)
    const response = await client.fetch(`http://127.0.0.1:${origin.http}/hash`, { method: 'PUT', body })
    expect(await response.text()).toBe(createHash('sha256').update(body).digest('hex'))
  })

  it('lets go of the client when it is turned off', async () => {
    await page.locator('bridge-widget >>> [role=switch]').click()
    await untilState('off')
    await expect.poll(() => client.status.paths).toEqual([])
    expect(complaints).toEqual([])
  })
})
