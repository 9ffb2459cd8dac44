import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BridgeStats, BridgeWidget } from '@footbridge/bridge-widget'
import { type FootbridgeClient, openClient } from '@footbridge/client'
import { encodeBase64Url, parseInvitation, poolId } from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import axe, { type AxeResults } from 'axe-core'
import jsQr from 'jsqr'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { TestNetwork } from './network.test.helper.ts'

const HELPING_THREE: BridgeStats = {
  clients: 3,
  peopleHelped: 5,
  bytesDown: 0,
  bytesUp: 0,
  since: undefined,
  countries: ['IR', 'IR', 'CN'],
  total: { peopleHelped: 12, bytes: 0, seconds: 0 },
}

let network: TestNetwork
let browser: Browser
let context: BrowserContext
let page: Page
let requests: string[]
let complaints: string[]

beforeAll(async () => {
  network = await TestNetwork.start()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await network.close()
})

beforeEach(async () => {
  requests = []
  complaints = []
  context = await browser.newContext()
  page = await newPage()
})
afterEach(async () => {
  await context.close()
  // Of the policy too: what it forbids is an error on the console.
  expect(complaints).toEqual([])
  expect(requests.filter((url) => new URL(url).origin !== network.signaling.url)).toEqual([])
})

async function newPage(): Promise<Page> {
  const page = await context.newPage()
  page.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return page
}

async function visit(hash = ''): Promise<void> {
  await page.goto(`${network.signaling.url}/${hash}`)
  await page.locator('#land path').first().waitFor({ state: 'attached' })
}

const widgetState = () =>
  page.evaluate(() => (document.querySelector('.stage bridge-widget') as BridgeWidget).state)

async function untilState(state: string): Promise<void> {
  await page.waitForFunction(
    (state) => (document.querySelector('.stage bridge-widget') as BridgeWidget).state === state,
    state,
  )
}

/** Has the element say so, as if it were true. */
async function pretend(stats: BridgeStats): Promise<void> {
  await page.evaluate((stats) => {
    const widget = document.querySelector('.stage bridge-widget') as BridgeWidget
    Object.defineProperty(widget, 'state', { get: () => 'helping', configurable: true })
    Object.defineProperty(widget, 'stats', { get: () => stats, configurable: true })
    widget.dispatchEvent(new CustomEvent('bridge-stats', { detail: stats }))
  }, stats)
}

const arcs = () =>
  page.locator('#arcs .arc').evaluateAll((arcs) => arcs.map((arc) => arc.getAttribute('data-country')).sort())

it('asks for nothing of the network, and stores nothing, before a choice', async () => {
  await visit()
  await page.locator('#embed').scrollIntoViewIfNeeded()
  await page.locator('#preview bridge-widget').waitFor()
  expect(await page.locator('#land path').count()).toBeGreaterThan(150)
  await page.waitForLoadState('networkidle')
  expect(
    requests.map((url) => new URL(url).pathname).filter((path) => !/^\/(widget\/|$)/.test(path)),
  ).toEqual([])
  expect(requests.filter((url) => /engine-/.test(url))).toEqual([])
  expect(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])).toEqual([
    '',
    0,
    0,
  ])
})

/** What moves in the picture, as far as it shows. */
const moving = () =>
  page.locator('.board').evaluate(
    (board) =>
      board
        .getAnimations({ subtree: true })
        .map(({ effect }) => (effect as KeyframeEffect).target)
        .filter((target) => target && target.getClientRects().length > 0).length,
  )

it('draws an arc to each person, names their countries, and stands still for those who want it to', async () => {
  await visit()
  await pretend(HELPING_THREE)
  expect(await arcs()).toEqual(['CN', 'IR', 'IR'])
  expect(await page.locator('#land .helped').count()).toBe(2)
  expect(await page.getByRole('list', { name: 'Countries' }).getByRole('listitem').allTextContents()).toEqual(
    ['Iran 2', 'China'],
  )
  expect(await page.title()).toContain('Helping 3')
  expect(await moving()).toBeGreaterThan(2)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  expect(await moving()).toBe(0)

  // Somebody left; of another it is not known where they are, and of a third it cannot be.
  await pretend({ ...HELPING_THREE, countries: ['CN', '<b>'] })
  expect(await arcs()).toEqual(['CN'])
  expect(await page.getByRole('list', { name: 'Countries' }).getByRole('listitem').allTextContents()).toEqual(
    ['China', '<b>', 'elsewhere'],
  )
})

it('moves the graph of the rates', async () => {
  await page.clock.install()
  await visit()
  await page.clock.runFor(1_000)
  await pretend(HELPING_THREE)
  await page.clock.runFor(2_000)
  await pretend({
    ...HELPING_THREE,
    bytesDown: 8_000_000,
    bytesUp: 400_000,
    total: { ...HELPING_THREE.total, bytes: 8_400_000 },
  })
  expect(await page.locator('#rate-down').textContent()).not.toBe('0 kB/s')
  await page.clock.runFor(4_000)
  const first = await page.locator('#graph-down').getAttribute('d')
  expect(await page.locator('#graph-top').textContent()).toMatch(/MB\/s$/)
  expect(await page.locator('#total-bytes').textContent()).toBe('8.4 MB')
  await page.clock.runFor(4_000)
  const second = await page.locator('#graph-down').getAttribute('d')
  expect([first, second].map((path) => path?.startsWith('M0 50'))).toEqual([true, true])
  expect(second).not.toBe(first)
})

it('can be used by everybody, and on the narrowest phone', async () => {
  await page.setViewportSize({ width: 280, height: 640 })
  await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: 'dark' })
  await visit(`#${encodeBase64Url(nodePrimitives.randomBytes(32))}`)
  await page.getByText('People I know').click()
  await page.locator('#embed').scrollIntoViewIfNeeded()
  await page.locator('#preview bridge-widget').waitFor()
  await pretend(HELPING_THREE)
  await page.locator('#qr svg').waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(280)
  // What sticks out of it is cut off, and does not show in the width of the page.
  const [box, widget] = await Promise.all(
    ['#preview', '#preview bridge-widget'].map((name) => page.locator(name).boundingBox()),
  )
  expect(widget?.width).toBeLessThan(box?.width ?? 0)
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
})

it('passes its own link on', async () => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await visit()
  const button = page.locator('#copy-page')
  await button.click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${network.signaling.url}/`)
})

it('can be installed', async () => {
  await visit()
  const devTools = await context.newCDPSession(page)
  const { errors, data } = await devTools.send('Page.getAppManifest')
  expect(errors).toEqual([])
  for (const { src } of JSON.parse(data ?? '').icons) {
    const answer = await fetch(new URL(src, network.signaling.url))
    expect(answer.headers.get('content-type')).toMatch(/^image\/(png|svg\+xml)$/)
  }
})

async function codeOnPage(): Promise<string | undefined> {
  const screenshot = await page.locator('#qr').screenshot()
  // Not in the page itself, whose policy takes no image from a script.
  const canvas = await context.newPage()
  const { width, height, pixels } = await canvas.evaluate(async (png) => {
    const image = new Image()
    image.src = `data:image/png;base64,${png}`
    await image.decode()
    const { width, height } = image
    const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D
    context.drawImage(image, 0, 0)
    return { width, height, pixels: [...context.getImageData(0, 0, width, height).data] }
  }, screenshot.toString('base64'))
  await canvas.close()
  return jsQr.default(Uint8ClampedArray.from(pixels), width, height)?.data
}

async function until(client: FootbridgeClient, holds: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (holds()) resolve()
    }
    client.addEventListener('statechange', look)
    look()
  })
}

it('helps those who have the link that it makes, and nobody else, until it is taken back', async () => {
  await visit()
  const shown = page.getByLabel('Your link', { exact: true })
  await page.getByText('People I know').click()
  await page.waitForFunction(() =>
    document.querySelector<HTMLTextAreaElement>('#link-text')?.value.includes('#'),
  )
  const link = await shown.inputValue()
  const { secret } = parseInvitation(link)
  expect(secret).toHaveLength(32)
  expect(await codeOnPage()).toBe(link)
  await page.getByText('Only for people with your link', { exact: true }).waitFor()

  await page.locator('.stage').getByRole('switch').click()
  await untilState('waiting')
  // The secret stays where it is, and what the server hears of it cannot be turned back.
  expect(requests.filter((url) => url.includes(encodeBase64Url(secret ?? new Uint8Array())))).toEqual([])

  await using stranger = await openClient(network.descriptor, { paths: 1 })
  await until(stranger, () => stranger.status.trouble === 'no-bridge')
  const friend = await openClient(link, { paths: 1 })
  try {
    await friend.connected(AbortSignal.timeout(10_000))
    await untilState('helping')
    await page.getByRole('button', { name: 'Take it back' }).click()
    await until(friend, () => friend.status.trouble === 'no-bridge')
  } finally {
    await friend.close()
  }
  await page.waitForFunction(
    (old) => ![old, '…', ''].includes(document.querySelector<HTMLTextAreaElement>('#link-text')?.value ?? ''),
    link,
  )
  expect(await codeOnPage()).toBe(await shown.inputValue())

  // Kept for the next visit, and known there before the element is.
  const [pool, isOn] = [await page.locator('.stage bridge-widget').getAttribute('pool'), await widgetState()]
  expect(isOn).not.toBe('helping')
  await page.reload()
  expect(await page.locator('.stage bridge-widget').getAttribute('pool')).toBe(pool)
  await page.getByText('Everybody', { exact: true }).click()
  expect(await page.locator('.stage bridge-widget').getAttribute('pool')).toBeNull()
})

it('joins the pool of a link that the volunteer was given, if they say so', async () => {
  const secret = nodePrimitives.randomBytes(32)
  const pool = () => page.locator('.stage bridge-widget').getAttribute('pool')
  await visit(`#${encodeBase64Url(secret)}`)
  expect(page.url()).toBe(`${network.signaling.url}/`)
  await page.getByRole('button', { name: 'Not now' }).click()
  expect(await pool()).toBeNull()

  await visit(`#${encodeBase64Url(secret)}`)
  await page.getByRole('button', { name: 'Help only them' }).click()
  expect(await pool()).toBe(poolId(secret, nodePrimitives))
  await page.getByText('Only for people with the link you were given', { exact: true }).waitFor()

  // The other tabs of this browser go along, and what was given can be given up.
  const other = await newPage()
  await other.goto(network.signaling.url)
  const followed = other.locator(`.stage bridge-widget[pool="${poolId(secret, nodePrimitives)}"]`)
  await followed.waitFor()
  await page.getByRole('button', { name: 'Forget' }).click()
  await followed.waitFor({ state: 'detached' })
  expect(await pool()).toBeNull()
  expect(await page.evaluate(() => localStorage.length)).toBe(0)
})

it('goes on for those who were chosen, in every tab', async () => {
  const other = await newPage()
  for (const tab of [other, page]) {
    await tab.goto(network.signaling.url)
    await tab.locator('.stage').getByRole('switch').waitFor()
  }
  await page.locator('#choices:enabled').waitFor()
  const states = () =>
    Promise.all(
      [page, other].map((tab) =>
        tab.evaluate(() => document.querySelector<BridgeWidget>('.stage bridge-widget')?.state),
      ),
    )
  const bothWait = () => expect.poll(states, { timeout: 5_000 }).toEqual(['waiting', 'waiting'])
  await page.locator('.stage').getByRole('switch').click()
  await bothWait()
  for (const whom of ['People I know', 'Everybody', 'People I know']) {
    await page.getByText(whom, { exact: true }).click()
    await bothWait()
  }
})

it('gives a site owner the lines that make what they see', async () => {
  await visit()
  await page.locator('#embed').scrollIntoViewIfNeeded()
  await page.locator('#preview bridge-widget').waitFor()
  await page.getByLabel('Banner').check()
  await page.getByLabel('Dark').check()
  await page.getByLabel('Language').selectOption('fa')
  await page.getByLabel('Most people at once').fill('4')
  await page.getByLabel('Highest speed').selectOption('2MB')
  const attributes = (page: Page, selector: string) =>
    page
      .locator(selector)
      .evaluate((element) =>
        Object.fromEntries(element.getAttributeNames().map((name) => [name, element.getAttribute(name)])),
      )
  const preview = await attributes(page, '#preview bridge-widget')
  expect(preview).toMatchObject({ layout: 'banner', theme: 'dark', lang: 'fa', 'max-clients': '4' })
  // It looks alive, and is not.
  await page.locator('#preview').getByRole('switch', { includeHidden: true }).click({ force: true })
  expect(
    await page.locator('#preview bridge-widget').evaluate((element) => (element as BridgeWidget).state),
  ).toBe('off')

  const snippet = (await page.locator('#snippet').textContent()) ?? ''
  expect(snippet).toMatch(/integrity="sha384-[A-Za-z0-9+/]{64}"/)
  const site = createServer((request, response) => {
    if (request.url === '/') response.setHeader('content-type', 'text/html')
    response.end(request.url === '/' ? `<!doctype html><link rel="icon" href="data:,">${snippet}` : '')
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  try {
    const embedding = await context.newPage()
    embedding.on('console', (message) => complaints.push(message.text()))
    await embedding.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    await embedding.getByRole('switch').waitFor()
    const { disabled, ...rest } = preview
    expect(disabled).toBe('')
    expect(await attributes(embedding, 'bridge-widget')).toEqual({
      ...rest,
      network: `${network.signaling.url}/v1/network`,
    })
  } finally {
    site.close()
  }
})
