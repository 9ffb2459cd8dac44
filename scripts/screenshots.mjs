// What `npm run screenshots` does: every look of the element and the volunteer page as pictures, to be looked at, and one
// page with all of them. Fails if anything is wider than its place.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { launchChromium } from '../tests/src/chromium.ts'
import { findTooWide, openGallery, startGallery, THEMES } from '../tests/src/gallery.ts'

const FOLDER = join(dirname(dirname(fileURLToPath(import.meta.url))), 'screenshots')
/** What a place is wide: a narrow column, and what each layout is made for. */
const SIZES = [
  { name: '280', layouts: ['switch', 'card', 'banner', 'floating'], width: '280px' },
  { name: 'natural', layouts: ['switch', 'card', 'floating'], width: '544px' },
  { name: 'natural', layouts: ['banner'], width: '1100px' },
]
const PAGES = [
  { name: 'desktop', width: 1440, height: 900 },
  { name: 'phone', width: 390, height: 844 },
]

await rm(FOLDER, { recursive: true, force: true })
await mkdir(FOLDER, { recursive: true })
const gallery = await startGallery()
const browser = await launchChromium()
const pictures = []
const tooWide = []
try {
  for (const theme of THEMES) {
    for (const lang of ['en', 'fa']) await showElement(theme, lang)
    await showVolunteerPage(theme)
  }
} finally {
  await browser.close()
  gallery.close()
}
const figures = pictures.map(
  (name) => `<figure><img src="${name}.png" alt=""><figcaption>${name}</figcaption></figure>`,
)
const sheet = join(FOLDER, 'contact-sheet.html')
await writeFile(
  sheet,
  `<!doctype html><meta charset="utf-8"><title>Footbridge, seen</title>
<style>body{display:flex;flex-wrap:wrap;gap:1rem;font:0.75rem system-ui}figure{margin:0}img{max-width:36rem}</style>${figures.join('')}`,
)
console.log(`${pictures.length} pictures: ${pathToFileURL(sheet)}`)
if (tooWide.length > 0) {
  console.error(`wider than its place: ${tooWide.join(', ')}`)
  process.exitCode = 1
}

async function showElement(theme, lang) {
  for (const { name: size, layouts, width } of SIZES) {
    const page = await browser.newPage({ viewport: { width: 1240, height: 900 } })
    await openGallery(page, gallery, { themes: [theme], languages: [lang], layouts, width })
    tooWide.push(...(await findTooWide(page)).map((name) => `${name}-${size}`))
    for (const place of await page.locator('.place').all()) {
      const name = `${await place.getAttribute('data-name')}-${size}`
      await place.screenshot({ path: join(FOLDER, `${name}.png`) })
      pictures.push(name)
    }
    await page.screenshot({
      path: join(FOLDER, `all-${layouts.join('-')}-${theme}-${lang}-${size}.png`),
      fullPage: true,
    })
    await page.close()
  }
}

async function showVolunteerPage(theme) {
  for (const { name: size, ...viewport } of PAGES) {
    const page = await browser.newPage({ viewport, colorScheme: theme })
    await page.goto(`${gallery.url}/`)
    await page.locator('bridge-widget button').first().waitFor()
    // What is further down is loaded when somebody comes near it.
    await page.locator('footer').scrollIntoViewIfNeeded()
    await page.getByText('<bridge-widget network=').first().waitFor()
    await page.evaluate(() => scrollTo(0, 0))
    const name = `page-${theme}-${size}`
    await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true })
    pictures.push(name)
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) tooWide.push(name)
    await page.close()
  }
}
