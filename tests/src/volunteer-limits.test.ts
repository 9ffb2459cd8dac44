import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { BridgeStats, BridgeWidget } from '@footbridge/bridge-widget'
import type { ClientState, FootbridgeClient } from '@footbridge/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { TestNetwork } from './network.test.helper.ts'
import { hashOfDownload, Origin } from './origin.test.helper.ts'

let network: TestNetwork
let origin: Origin
let browser: Browser
let page: Page
let client: FootbridgeClient

beforeAll(async () => {
  origin = await Origin.start()
  network = await TestNetwork.start()
  browser = await launchChromium()
  page = await browser.newPage()
  await page.addInitScript(patchDevice)
  await page.goto(network.signaling.url)
  await turnOn({ clients: 8 })
  client = await network.addClient({ paths: 1 })
})

afterAll(async () => {
  await browser.close()
  await network.close()
  origin.close()
})

/** A phone that tells more than a headless browser does. Runs in the page, before anything else. */
function patchDevice(): void {
  const connection = Object.assign(new EventTarget(), { saveData: false, type: 'wifi' })
  const battery = Object.assign(new EventTarget(), { level: 1, charging: false })
  Object.defineProperty(navigator, 'connection', { value: connection })
  Object.defineProperty(navigator, 'getBattery', { value: async () => battery })
  Object.assign(globalThis, {
    setConnection: (now: object) => Object.assign(connection, now).dispatchEvent(new Event('change')),
    setBattery: (now: object) => Object.assign(battery, now).dispatchEvent(new Event('levelchange')),
  })
}

const toggle = () => page.locator('bridge-widget').getByRole('switch').click()
const inPage = <T>(does: string): Promise<T> => page.evaluate<T>(does)
const stats = () => inPage<BridgeStats>(`document.querySelector('bridge-widget').stats`)

/** A real click, by a volunteer who has said `limits` before. */
async function turnOn(limits: object): Promise<void> {
  await inPage(`localStorage.setItem('footbridge:limits', '${JSON.stringify(limits)}')`)
  await toggle()
}

async function untilState(state: string, reason?: string): Promise<void> {
  await page.waitForFunction(
    ([state, reason]) => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget | null
      return widget?.state === state && widget?.reason === reason
    },
    [state, reason] as const,
    { timeout: 20_000 },
  )
}

async function untilClient(state: ClientState): Promise<void> {
  while (client.status.state !== state) await once(client, 'statechange')
}

beforeEach(async () => {
  await untilClient('connected')
  await untilState('helping')
})

it('pauses in the middle of a download when its quota is reached, and the download goes on when there is more', async () => {
  await toggle()
  await untilClient('waiting')
  const { bytes } = (await stats()).total
  await turnOn({ clients: 8, rate: 2_000_000, dayQuota: bytes + 1_000_000 })
  await untilClient('connected')
  const response = await client.fetch(`http://127.0.0.1:${origin.http}/bytes/3`)
  const downloaded = response.arrayBuffer()
  await untilState('paused', 'day-quota')
  await untilClient('waiting')
  await toggle()
  await turnOn({ clients: 8 })
  const hash = createHash('sha256').update(new Uint8Array(await downloaded))
  expect(hash.digest('hex')).toBe(hashOfDownload(3))
})

it.each([
  ['battery', 'setBattery({ level: 0.19 })', 'setBattery({ charging: true })'],
  ['cellular', `setConnection({ type: 'cellular' })`, `setConnection({ type: 'wifi' })`],
])(
  'lets its client go when %s speaks against helping, and is found again when it no longer does',
  async (reason, pause, resume) => {
    await inPage(pause)
    await untilState('paused', reason)
    await untilClient('waiting')
    await inPage(resume)
    await untilClient('connected')
  },
)

it('knows when it is turned on again what was given before', async () => {
  await toggle()
  const before = (await stats()).total
  expect(before.bytes).toBeGreaterThan(3 * 1_048_576)
  await toggle()
  // Somebody new: the other one takes its time to look again.
  await network.addClient({ paths: 1 })
  await untilState('helping')
  const after = (await stats()).total
  expect(after.bytes).toBeGreaterThanOrEqual(before.bytes)
  expect(after.peopleHelped).toBeGreaterThan(before.peopleHelped)
  // Sums, and nothing about anybody.
  const kept = await inPage<string>(`localStorage.getItem('footbridge:usage')`)
  expect(kept).toMatch(/^\{("\w+":([\d.]+|"\d{4}-\d\d-\d\d"),?){6}\}$/)
})
