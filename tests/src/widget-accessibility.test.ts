import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { findTooWide, type Gallery, openGallery, startGallery, THEMES } from './gallery.ts'

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[]
  }[]
  readonly passes: readonly { readonly id: string }[]
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** Of one element: a gallery of them is no page that anybody would navigate. */
const NOT_OF_A_GALLERY = ['page-has-heading-one', 'heading-order', 'landmark-unique', 'region']

/** What is waited for looks like what is helped. */
const SEEN = ['off', 'helping', 'unsuitable', 'how', 'limits']

let gallery: Gallery
let browser: Browser

beforeAll(async () => {
  gallery = await startGallery()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  gallery.close()
})

async function violations(page: Page, disabled: readonly string[] = []): Promise<string[]> {
  await page.addScriptTag({ url: '/axe.js' })
  const results = (await page.evaluate(
    ([rules, disabled]) =>
      (globalThis as unknown as { axe: { run(options: object): Promise<unknown> } }).axe.run({
        runOnly: rules,
        rules: Object.fromEntries(disabled.map((rule) => [rule, { enabled: false }])),
        resultTypes: ['violations'],
      }),
    [RULES, disabled] as const,
  )) as AxeResults
  // It did look, also below the shadow roots.
  expect(results.passes.map(({ id }) => id)).toContain('color-contrast')
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary}`),
  )
}

it('no look of the element has a violation that axe knows of', async () => {
  const page = await browser.newPage()
  await openGallery(page, gallery, { themes: THEMES, languages: ['en', 'fa'], scenes: SEEN, width: '320px' })
  expect(await violations(page, NOT_OF_A_GALLERY)).toEqual([])
  await page.close()
})

it.each(THEMES)('the volunteer page has none either, when it is %s', async (colorScheme) => {
  const page = await browser.newPage({ colorScheme })
  await page.goto(`${gallery.url}/`)
  await page.locator('bridge-widget button').first().waitFor()
  expect(await violations(page)).toEqual([])
  await page.close()
})

it.each(['fr', 'my', 'ru'])('each look of the element fits into 280 px, in %s', async (lang) => {
  const page = await browser.newPage()
  await openGallery(page, gallery, { themes: ['light'], languages: [lang], scenes: SEEN, width: '280px' })
  expect(await findTooWide(page)).toEqual([])
  await page.close()
})
