import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/*
 * Pages on which every look of the element is to be seen at once, for screenshots and for tests of accessibility.
 */

const LAYOUTS = ['switch', 'card', 'banner', 'floating'] as const
export const THEMES = ['light', 'dark'] as const

/** What is shown, and what a person has opened. */
const SCENES = ['off', 'waiting', 'helping', 'paused', 'unsuitable', 'how', 'limits'] as const

export interface GalleryOptions {
  readonly themes: readonly string[]
  readonly languages: readonly string[]
  readonly layouts?: readonly string[]
  readonly scenes?: readonly string[]
  /** CSS width of each element's place. */
  readonly width: string
}

export interface Gallery {
  readonly url: string
  close(): void
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

/** Serves the built widget, the volunteer page at `/`, and the gallery. */
export async function startGallery(): Promise<Gallery> {
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://gallery'), response).catch(() => response.writeHead(404).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Opens the gallery and waits until all of it is there, with what a person has to click open opened. */
export async function openGallery(page: Page, gallery: Gallery, options: GalleryOptions): Promise<void> {
  const query = new URLSearchParams(Object.entries(options).map(([name, value]) => [name, String(value)]))
  await page.goto(`${gallery.url}/gallery?${query}`)
  await page.locator('shown-bridge button').first().waitFor()
  const { layouts = LAYOUTS, scenes = SCENES } = options
  // Each is what it is meant to be: pictures of switches that are all off would find nothing wrong with the rest.
  for (const scene of scenes.filter((scene) => scene !== 'how' && scene !== 'limits')) {
    await page.locator(`.place[data-scene=${scene}] [data-state=${scene}]`).first().waitFor()
  }
  if (layouts.includes('floating')) {
    await press(page, '[data-layout=floating]:not([data-scene=off])', '#open')
  }
  if (scenes.includes('how')) await press(page, '[data-scene=how]', '[part=more]:nth-of-type(1)')
  if (scenes.includes('limits')) await press(page, '[data-scene=limits]', '[part=more]:nth-of-type(2)')
  for (const scene of ['how', 'limits'].filter((scene) => scenes.includes(scene))) {
    for (const place of await page.locator(`.place[data-scene=${scene}]`).all()) {
      await place.locator(`[part=${scene}]`).waitFor()
    }
  }
  await page.evaluate(async () => {
    await document.fonts.ready
    for (const element of document.getAnimations()) element.finish()
  })
}

/** By the keyboard, which is quicker than a pointer and as much a person's own. */
async function press(page: Page, places: string, button: string): Promise<void> {
  for (const place of await page.locator(`.place${places}`).all()) {
    await place.locator(button).focus()
    await page.keyboard.press('Enter')
  }
}

/** Names of the places that their element does not fit into. */
export function findTooWide(page: Page): Promise<(string | undefined)[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.place')]
      .filter((place) => {
        const { left, right } = place.getBoundingClientRect()
        const root = place.firstElementChild?.shadowRoot
        const scrollable = [place, ...(root?.querySelectorAll('.base') ?? [])]
        const boxes = [...(root?.querySelectorAll('*:not(.unseen)') ?? [])].map((element) =>
          element.getBoundingClientRect(),
        )
        return (
          scrollable.some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth) ||
          boxes.some((box) => box.width > 0 && (box.left < left - 1 || box.right > right + 1))
        )
      })
      .map((place) => place.dataset.name),
  )
}

async function answer({ pathname, searchParams }: URL, response: ServerResponse): Promise<void> {
  response.setHeader('content-security-policy', POLICY)
  response.setHeader('content-type', TYPES[extname(pathname)] ?? 'text/html; charset=utf-8')
  if (pathname === '/gallery') response.end(galleryPage(searchParams))
  else if (pathname === '/gallery.css') response.end(GALLERY_STYLES)
  else if (pathname === '/gallery.js') response.end(GALLERY_SCRIPT)
  else if (pathname === '/axe.js') response.end(axe.source)
  else response.end(await readFile(widgetFile(pathname === '/' ? '/widget/index.html' : pathname)))
}

function widgetFile(pathname: string): string {
  return fileURLToPath(import.meta.resolve(`@footbridge/bridge-widget${pathname}`))
}

function galleryPage(query: URLSearchParams): string {
  const list = (name: string, otherwise: readonly string[]) => query.get(name)?.split(',') ?? otherwise
  const places = list('themes', THEMES).flatMap((theme) =>
    list('languages', ['en']).flatMap((lang) =>
      list('layouts', LAYOUTS).flatMap((layout) =>
        list('scenes', SCENES).map((scene) => placeOf(theme, lang, layout, scene)),
      ),
    ),
  )
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Gallery</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/gallery.css">
<script type="module" src="/gallery.js"></script><main data-width="${query.get('width')}">${places.join('')}</main>`
}

function placeOf(theme: string, lang: string, layout: string, scene: string): string {
  const bounds = scene === 'limits' ? 'max-clients="8"' : ''
  return `<div class="place ${theme}" data-layout="${layout}" data-scene="${scene}" dir="${lang === 'fa' ? 'rtl' : 'ltr'}"
data-name="${layout}-${theme}-${lang}-${scene}"><shown-bridge layout="${layout}" theme="${theme}" lang="${lang}"
data-scene="${scene}" ${bounds}></shown-bridge></div>`
}

/** A place is what "fixed" refers to, as the window is on a page. */
const GALLERY_STYLES = `
  body { margin: 0; }
  main { display: flex; flex-wrap: wrap; align-items: start; }
  .place { box-sizing: border-box; padding: 16px; inline-size: calc(var(--width) + 32px); transform: translate(0); }
  .light { background: #f4f8f7; color-scheme: light; }
  .dark { background: #0d1514; color-scheme: dark; }
  .place[data-layout=floating] { block-size: 600px; }
  .place[data-layout=floating][data-scene=off] { block-size: 90px; }
`

/** The element as it is built, but for what it is told of the network. */
const GALLERY_SCRIPT = `
import { BridgeWidget } from '/widget/bridge-widget.js'
const main = document.querySelector('main')
main.style.setProperty('--width', main.dataset.width)
localStorage.setItem('footbridge:limits', JSON.stringify({ clients: 4, rate: 250_000, dayQuota: 2e9, hours: { from: 22, to: 6 } }))
const REASONS = { paused: 'day-quota', unsuitable: 'udp-blocked' }
const TOTAL = { peopleHelped: 1284, bytes: 48.6e9, seconds: 93_840 }
class ShownBridge extends BridgeWidget {
  get state() {
    const { scene } = this.dataset
    return scene === 'how' || scene === 'limits' ? 'off' : scene
  }
  get reason() { return REASONS[this.state] }
  get stats() {
    const isOn = this.state !== 'off'
    return {
      clients: this.state === 'helping' ? 3 : 0,
      peopleHelped: 12,
      bytesDown: 1.2e9,
      bytesUp: 1e8,
      since: undefined,
      countries: [],
      total: isOn ? TOTAL : { peopleHelped: 0, bytes: 0, seconds: 0 },
    }
  }
}
customElements.define('shown-bridge', ShownBridge)
`
