import { createHash } from 'node:crypto'
import { once } from 'node:events'
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
  await visit()
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

const volunteer = <T>(does: string): Promise<T> => page.evaluate<T>(does)
const until = (condition: string) => page.waitForFunction(condition)

/** Opens the volunteer page and starts an engine there, as the element does once a person has turned it on. */
async function visit(): Promise<void> {
  await page.goto(network.signaling.url)
  const { files } = await (await fetch(`${network.signaling.url}/widget/manifest.json`)).json()
  const file = Object.keys(files).find((name) => /^engine-.*\.js$/.test(name))
  // As a text: what a test's own `import()` is made into does not exist in a page.
  await volunteer(`(async () => {
    const { createBrowserEngine, keepLimits } = await import('/widget/${file}')
    const { signal } = new AbortController()
    const engine = await createBrowserEngine({ network: location.origin + '/v1/network', signal })
    Object.assign(globalThis, { engine, keepLimits })
    engine.start()
  })()`)
}

async function untilClient(state: ClientState): Promise<void> {
  while (client.status.state !== state) await once(client, 'statechange')
}

beforeEach(async () => {
  await untilClient('connected')
  await until(`engine.state === 'helping'`)
})

it('pauses in the middle of a download when its quota is reached, and the download goes on when it is raised', async () => {
  const used = await volunteer<number>('engine.stats.total.bytes')
  await volunteer(`engine.setLimits({ clients: 8, rate: 2_000_000, dayQuota: ${used + 1_000_000} })`)
  const response = await client.fetch(`http://127.0.0.1:${origin.http}/bytes/3`)
  const downloaded = response.arrayBuffer()
  await untilClient('waiting')
  expect(await volunteer('engine.state + engine.reason')).toBe('pausedday-quota')
  await volunteer('engine.setLimits({ clients: 8 })')
  const hash = createHash('sha256').update(new Uint8Array(await downloaded))
  expect(hash.digest('hex')).toBe(hashOfDownload(3))
})

it.each([
  ['battery', 'setBattery({ level: 0.19 })', 'setBattery({ charging: true })'],
  ['cellular', `setConnection({ type: 'cellular' })`, `setConnection({ type: 'wifi' })`],
])(
  'lets its client go when %s speaks against helping, and is found again when it no longer does',
  async (reason, pause, resume) => {
    await volunteer(pause)
    expect(await volunteer('engine.state + engine.reason')).toBe(`paused${reason}`)
    await untilClient('waiting')
    await volunteer(resume)
    await untilClient('connected')
  },
)

it('knows on the next visit what was given before, and what the volunteer said', async () => {
  const limits = { clients: 3, rate: 5_000_000, monthQuota: 1e12 }
  await volunteer(`keepLimits(${JSON.stringify(limits)})`)
  const before = await volunteer<{ bytes: number; peopleHelped: number }>(
    '(engine.stop(), engine.stats.total)',
  )
  expect(before.bytes).toBeGreaterThan(3 * 1_048_576)
  await visit()
  expect(await volunteer('engine.limits')).toEqual(limits)
  const after = await volunteer<{ bytes: number; peopleHelped: number }>('engine.stats.total')
  expect(after.bytes).toBeGreaterThanOrEqual(before.bytes)
  expect(after.peopleHelped).toBeGreaterThanOrEqual(before.peopleHelped)
  // Sums, and nothing about anybody.
  const kept = await volunteer<Record<string, string>>('({ ...localStorage })')
  expect(Object.keys(kept).sort()).toEqual(['footbridge:limits', 'footbridge:usage'])
  expect(kept['footbridge:usage']).toMatch(/^\{("\w+":([\d.]+|"\d{4}-\d\d-\d\d"),?){6}\}$/)
})
