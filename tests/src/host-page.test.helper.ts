import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { Browser, Page } from 'playwright-core'

// As strict as a host page can be and still embed the widget.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws:; img-src data:"

const HEAD = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title>`

/** A descriptor of a network where nobody answers. */
export const SILENT_NETWORK: object = {
  version: 1,
  signaling: ['http://127.0.0.1:1'],
  egresses: [{ id: 'one', url: 'http://127.0.0.1:1', publicKey: 'A'.repeat(43) }],
  stun: [],
  ticketKey: 'A'.repeat(43),
}

/** A web server of somebody who embeds the widget, and one tab that looks at a page of it. */
export class HostPage {
  readonly origin: string
  /** Paths that were asked for, since the page was opened. */
  readonly requests: string[]
  /** What the browser complains of, since the page was opened. */
  readonly complaints: string[] = []
  /** Whether the server has turned against its visitors since it handed out the element. */
  tampers = false
  readonly #server: Server
  readonly #browser: Browser
  #page: Page | undefined

  private constructor(server: Server, browser: Browser, requests: string[]) {
    this.#server = server
    this.#browser = browser
    this.requests = requests
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', this.origin)
      requests.push(pathname)
      if (pathname !== '/elsewhere') response.setHeader('content-security-policy', POLICY)
      if (pathname === '/') {
        response.setHeader('content-type', 'text/html').end(hostPage(searchParams.get('layout') ?? 'card'))
      } else if (pathname === '/elsewhere') response.setHeader('content-type', 'text/html').end(HEAD)
      else if (pathname === '/v1/network') response.end(JSON.stringify(SILENT_NETWORK))
      else if (pathname.startsWith('/widget/')) {
        const url = import.meta.resolve(`@footbridge/bridge-widget${pathname}`)
        const script = await readFile(fileURLToPath(url), 'utf8')
        const extra = this.tampers ? ';globalThis.isTampered = true' : ''
        response.setHeader('content-type', 'text/javascript').end(script + extra)
      } else response.writeHead(404).end()
    })
  }

  static async serve(browser: Browser): Promise<HostPage> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new HostPage(server, browser, [])
  }

  get page(): Page {
    if (!this.#page) throw new Error('no page is open')
    return this.#page
  }

  /** In a browser that has not been here before. `first` runs in the page before any script of it. */
  async open(query = '', first: () => void = () => {}): Promise<void> {
    await this.#page?.context().close()
    this.tampers = false
    this.requests.length = 0
    this.complaints.length = 0
    const context = await this.#browser.newContext()
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    await page.addInitScript(watchEverything)
    await page.addInitScript(first)
    this.#page = page
    await page.goto(`${this.origin}/${query}`)
    await page.locator('bridge-widget button').first().waitFor()
  }

  state(): Promise<string> {
    return this.page.evaluate(() => (document.querySelector('bridge-widget') as BridgeWidget).state)
  }

  async untilState(state: string): Promise<void> {
    await this.page.waitForFunction(
      (state) => (document.querySelector('bridge-widget') as BridgeWidget | null)?.state === state,
      state,
    )
  }

  /** What of it the page did that no page may do without consent. */
  made(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as unknown as { made: string[] }).made)
  }

  async close(): Promise<void> {
    await this.#page?.context().close()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

function hostPage(layout: string): string {
  return `${HEAD}<script type="module" src="/widget/bridge-widget.js"></script>
<main><bridge-widget network="/v1/network" layout="${layout.replace(/\W/g, '')}"></bridge-widget></main>`
}

/** Notes what no page may do without consent. Runs before any script of the page. */
function watchEverything(): void {
  const made: string[] = []
  Object.assign(globalThis, { made })
  const watched = (name: string, target: object) =>
    new Proxy(target, {
      construct: (original, args, newTarget) => {
        made.push(name)
        return Reflect.construct(original as never, args, newTarget)
      },
      apply: (original, self, args) => {
        made.push(name)
        return Reflect.apply(original as never, self, args)
      },
    })
  const watch = (holder: object, path: string) => {
    const name = path.split('.').at(-1) ?? path
    const original = Object.getOwnPropertyDescriptor(holder, name)
    if (!original) throw new Error(`there is no ${path} to be watched`)
    if (original.set)
      Object.defineProperty(holder, name, { ...original, set: watched(path, original.set) as never })
    else Object.defineProperty(holder, name, { ...original, value: watched(path, original.value) })
  }
  const constructors = ['RTCPeerConnection', 'WebSocket', 'Worker', 'SharedWorker', 'EventSource']
  for (const name of [...constructors, 'BroadcastChannel', 'XMLHttpRequest', 'fetch']) watch(globalThis, name)
  watch(Storage.prototype, 'Storage.setItem')
  watch(Storage.prototype, 'Storage.removeItem')
  watch(IDBFactory.prototype, 'IDBFactory.open')
  watch(LockManager.prototype, 'LockManager.request')
  watch(Navigator.prototype, 'Navigator.sendBeacon')
  watch(CacheStorage.prototype, 'CacheStorage.open')
  watch(Document.prototype, 'Document.cookie')
}
