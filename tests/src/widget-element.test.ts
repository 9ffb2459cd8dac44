import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { type Gallery, type GalleryOptions, openGallery, startGallery } from './gallery.ts'

let gallery: Gallery
let browser: Browser
let page: Page

beforeAll(async () => {
  gallery = await startGallery()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  gallery.close()
})
afterEach(() => page.context().close())

async function open(layout: string, scene: string, more: Partial<GalleryOptions> = {}): Promise<Locator> {
  page = await (await browser.newContext()).newPage()
  await openGallery(page, gallery, {
    themes: ['light'],
    languages: ['en'],
    layouts: [layout],
    scenes: [scene],
    width: '400px',
    ...more,
  })
  return page.locator('shown-bridge')
}

const kept = () => page.evaluate(() => JSON.parse(localStorage.getItem('footbridge:limits') ?? 'null'))

it('speaks the language that its page changes to, and its direction', async () => {
  const element = await open('card', 'helping')
  await element.getByText('Helping 3 people.', { exact: true }).first().waitFor()
  await element.evaluate((element) => {
    element.removeAttribute('lang')
    document.documentElement.lang = 'ar-EG'
  })
  await element.getByText('كن جسرًا يعبر فوق الرقابة').waitFor()
  await element.getByText(/أشخاص/).first().waitFor()
  expect(await element.locator('.root').getAttribute('dir')).toBe('rtl')
  await page.evaluate(() => {
    document.documentElement.lang = 'nl'
  })
  await element.getByText('Be a bridge around censorship').waitFor()
  expect(await element.locator('.root').getAttribute('dir')).toBe('ltr')
})

it('says a change to a screen reader, and each number of people only to whoever looks', async () => {
  const element = await open('card', 'off')
  const spoken = element.getByRole('status')
  expect(await spoken.textContent()).toBe('')
  const helping = (clients: number) =>
    element.evaluate((element, clients) => {
      const widget = element as BridgeWidget
      const stats = { ...widget.stats, clients }
      Object.defineProperties(widget, {
        state: { value: 'helping', configurable: true },
        stats: { value: stats, configurable: true },
      })
      widget.requestUpdate()
    }, clients)
  await helping(1)
  await spoken.filter({ hasText: 'Helping one person.' }).waitFor()
  await helping(2)
  await element.locator('[part=status]').filter({ hasText: 'Helping 2 people.' }).waitFor()
  expect(await spoken.textContent()).toBe('Helping one person.')
})

it('says what its page would rather have it say', async () => {
  const element = await open('card', 'paused')
  await element.evaluate((element) => {
    ;(element as BridgeWidget).texts = {
      heading: 'Lend a hand',
      reasons: { 'day-quota': 'Enough for today.' },
    }
  })
  await element.getByRole('switch', { name: 'Lend a hand' }).waitFor()
  await element.locator('[part=status]').filter({ hasText: 'Enough for today.' }).waitFor()
})

it('keeps the limits that a volunteer sets, by pointer or keyboard, and no higher than the page allows', async () => {
  const element = await open('card', 'limits')
  const people = element.getByRole('slider', { name: 'People at once' })
  expect(await people.getAttribute('aria-valuetext')).toBe('4 people')
  await people.press('End')
  expect((await kept()).clients).toBe(8)
  await people.press('ArrowLeft')
  expect((await kept()).clients).toBe(4)
  await element.getByRole('slider', { name: 'Speed, for all together' }).press('Home')
  await element.getByText('about one voice call').waitFor()
  await element.getByLabel('Until', { exact: true }).selectOption('7')
  expect(await kept()).toEqual({
    clients: 4,
    rate: 25_000,
    dayQuota: 2e9,
    hours: { from: 22, to: 7 },
  })
  // From an hour to itself would be all day or none of it.
  await element.getByLabel('From', { exact: true }).selectOption('7')
  expect((await kept()).hours).toEqual({ from: 7, to: 8 })
  await element.getByRole('radio', { name: 'Any time' }).click()
  expect(await kept()).not.toHaveProperty('hours')
})

it('opens and closes its corner, with the focus where a person goes on', async () => {
  const element = await open('floating', 'off')
  await element.getByRole('button', { name: 'Be a bridge' }).press('Enter')
  await element.getByRole('switch').waitFor()
  expect(await element.evaluate(({ shadowRoot }) => shadowRoot?.activeElement?.id)).toBe('base')
  await page.keyboard.press('Escape')
  await element.getByRole('button', { name: 'Be a bridge' }).waitFor()
  expect(await element.evaluate(({ shadowRoot }) => shadowRoot?.activeElement?.id)).toBe('open')
})

it('goes away until the page is loaded anew when it is not wanted, and stores nothing for that', async () => {
  const element = await open('floating', 'off')
  const before = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  await element.getByRole('button', { name: 'Not now' }).click()
  await element.locator('.root').waitFor({ state: 'hidden' })
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).toBe(before)
  await page.reload()
  await element.getByRole('button', { name: 'Not now' }).waitFor()
})

it('has what is on turned off in its corner by one press', async () => {
  const element = await open('floating', 'helping', { layouts: ['switch'] })
  await element.evaluate((element) => element.setAttribute('layout', 'floating'))
  const control = element.getByRole('switch', { checked: true })
  await control.waitFor()
  expect((await control.boundingBox())?.height).toBeGreaterThanOrEqual(24)
  expect(await element.getByRole('button').count()).toBe(1)
})
