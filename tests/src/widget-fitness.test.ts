import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { NetworkDescriptor } from '@footbridge/shared'
import { createLog } from '@footbridge/shared/node'
import { type SignalingServer, startSignalingServer } from '@footbridge/signaling-server'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { FailingMatches } from './failing-matches.test.helper.ts'
import { ForwardingProxy } from './forwarding-proxy.test.helper.ts'
import { freePort, HOST } from './loopback.ts'

const HOST_PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title>
<script type="module" src="/widget/bridge-widget.js"></script><bridge-widget network="/network"></bridge-widget>`

const KEY = 'A'.repeat(43)
const EGRESS = { id: 'one', url: 'http://127.0.0.1:1', publicKey: KEY }
/** A university's, in the installed file of countries. */
const IN_CHINA = '166.111.4.100'
const IN_SWITZERLAND = '129.132.1.1'

interface Watched {
  connections: RTCPeerConnection[]
  sockets: number
  errors: string[]
  words: number
}
declare const watched: Watched

/** Keeps what the element makes, tells and says, before any script of the page runs. */
function watchPage(): void {
  const watched: Watched = { connections: [], sockets: 0, errors: [], words: 0 }
  Object.assign(globalThis, { watched })
  const Connection = globalThis.RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      if (watched.connections.length < 2) watched.connections.push(this)
    }
  }
  const Socket = globalThis.WebSocket
  globalThis.WebSocket = class extends Socket {
    constructor(url: string | URL) {
      super(url)
      watched.sockets += 1
    }
  }
  for (const name of ['log', 'info', 'debug', 'warn', 'error'] as const) {
    console[name] = () => {
      watched.words += 1
    }
  }
  document.addEventListener('bridge-error', (event) => {
    const { error } = (event as CustomEvent<{ error: { code: string } }>).detail
    watched.errors.push(error.code)
  })
}

let browser: Browser
let host: Server
let page: Page
let folder: string
/** What the host serves as the network's descriptor. */
let descriptor: string
/** What the browser says of its own accord, such as a request that failed. */
let browserErrors: number
const closers: (() => unknown)[] = []

beforeAll(async () => {
  browser = await launchChromium()
  host = createServer(async ({ url = '' }, response) => {
    if (url === '/') response.setHeader('content-type', 'text/html').end(HOST_PAGE)
    else if (url === '/network') response.setHeader('cache-control', 'no-store').end(descriptor)
    else {
      const path = fileURLToPath(import.meta.resolve(`@footbridge/bridge-widget${url}`))
      response.setHeader('content-type', 'text/javascript').end(await readFile(path))
    }
  }).listen(0, HOST)
  await once(host, 'listening')
})
afterAll(async () => {
  await browser.close()
  host.close()
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-'))
  browserErrors = 0
  page = await browser.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') browserErrors += 1
  })
  await page.addInitScript(watchPage)
  await page.goto(`http://${HOST}:${(host.address() as AddressInfo).port}/`)
})
afterEach(async () => {
  expect(await page.evaluate(() => watched.words)).toBe(0)
  await page.close()
  for (const close of closers.splice(0).reverse()) await close()
  await rm(folder, { recursive: true })
})

async function startSignaling(
  options: Partial<Parameters<typeof startSignalingServer>[0]> = {},
  port = 0,
): Promise<SignalingServer> {
  const egress = join(folder, 'egress.json')
  await writeFile(egress, JSON.stringify(EGRESS))
  const server = await startSignalingServer({
    listen: { host: HOST, port },
    stateDirectory: join(folder, 'signaling'),
    egresses: [egress],
    stun: [],
    allowPrivateCandidates: true,
    log: createLog('test', 'silent'),
    ...options,
  })
  closers.push(() => server.close())
  return server
}

function describing(signaling: string, changes: object = {}): string {
  const network: NetworkDescriptor = {
    version: 1,
    signaling: [signaling],
    egresses: [EGRESS],
    stun: [],
    ticketKey: KEY,
    allowPrivateCandidates: true,
  }
  return JSON.stringify({ ...network, ...changes })
}

async function turnOn(): Promise<void> {
  await page.getByRole('switch').click()
}

async function untilState(state: string, reason?: string): Promise<void> {
  await page.waitForFunction(
    ([state, reason]) => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      return widget.state === state && widget.reason === reason
    },
    [state, reason] as const,
    { timeout: 40_000 },
  )
}

/** What the browser tells when the person has come to another network. */
const changeNetwork = () => page.evaluate(() => dispatchEvent(new Event('online')))
const seen = () =>
  page.evaluate(() => ({
    sockets: watched.sockets,
    errors: watched.errors,
    connections: watched.connections.length,
  }))
const says = (text: RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor({ timeout: 5_000 })

describe('a bridge whose network cannot be reached', () => {
  it('says so, keeps trying, and is there when the server is; and again when it was lost', async () => {
    const port = await freePort()
    descriptor = describing(`http://${HOST}:${port}`)
    await page.evaluate(() => {
      // What a page does that has a button of its own.
      addEventListener('click', async () => {
        await (document.querySelector('bridge-widget') as BridgeWidget).start()
        document.title = 'started'
      })
    })
    await page.mouse.click(5, 500)
    await untilState('connecting', 'unreachable')
    await says(/cannot be reached/)
    expect(await page.title()).toBe('started')
    const signaling = await startSignaling({}, port)
    await changeNetwork()
    await untilState('waiting')
    await signaling.close()
    await untilState('connecting', 'unreachable')
    const { sockets, errors } = await seen()
    expect(errors).toEqual(['unavailable'])
    expect(browserErrors).toBeLessThanOrEqual(sockets)
    await startSignaling({}, port)
    await untilState('waiting')
  })

  it('is the same when it is the descriptor that cannot be had', async () => {
    await page.evaluate(
      (url) => {
        ;(document.querySelector('bridge-widget') as BridgeWidget).network = url
      },
      `http://${HOST}:${await freePort()}/v1/network`,
    )
    await turnOn()
    await untilState('connecting', 'unreachable')
    expect(await seen()).toEqual({ sockets: 0, errors: ['unavailable'], connections: 0 })
    expect(await page.getByRole('switch').getAttribute('aria-checked')).toBe('true')
  })
})

describe('a bridge whose network is not set up right', () => {
  it.each([
    ['a page', '<!doctype html>'],
    ['endless', 'x'.repeat(2_000_000)],
  ])('pauses if its descriptor is %s, and goes on once that is mended', async (_, nonsense) => {
    descriptor = nonsense
    await turnOn()
    await untilState('paused', 'descriptor')
    await says(/^Paused: the network/)
    expect(await seen()).toEqual({ sockets: 0, errors: [expect.any(String)], connections: 0 })
    descriptor = describing((await startSignaling()).url)
    await changeNetwork()
    await untilState('waiting')
  })

  it('says so when it is of another version', async () => {
    descriptor = describing('http://127.0.0.1:1', { version: 2 })
    await turnOn()
    await untilState('unsuitable', 'version')
    await says(/out of date/)
    expect(await seen()).toEqual({ sockets: 0, errors: ['protocol'], connections: 0 })
    descriptor = describing((await startSignaling()).url)
    await changeNetwork()
    await untilState('waiting')
  })
})

describe('a bridge whom the server does not want', () => {
  it('says so when the server is of another version, and asks again seldom', async () => {
    const server = await FailingMatches.start()
    closers.push(() => server.close())
    server.refuses = 'version'
    descriptor = describing(server.url)
    await turnOn()
    await untilState('unsuitable', 'version')
    expect(await seen()).toEqual({ sockets: 1, errors: ['protocol'], connections: 0 })
    server.refuses = undefined
    await changeNetwork()
    await untilState('waiting')
    expect(server.registrations).toBe(2)
  })

  it('is told kindly where helping may do harm, and helps from where it does not', async () => {
    const signaling = await startSignaling({ trustedProxies: 1 })
    const proxy = await ForwardingProxy.start(IN_CHINA, signaling.url)
    closers.push(() => proxy.close())
    descriptor = describing(proxy.url)
    await turnOn()
    await untilState('unsuitable', 'censored-country')
    await says(/put you at risk/)
    expect(await seen()).toEqual({ sockets: 1, errors: [], connections: 0 })
    proxy.address = IN_SWITZERLAND
    await changeNetwork()
    await untilState('waiting')
  })
})

describe('a bridge in a network that', () => {
  /** Takes datagrams, and says nothing: what a firewall that drops them looks like. */
  async function muteServer(): Promise<Socket> {
    const socket = createSocket('udp4').bind(0, HOST)
    await once(socket, 'listening')
    closers.push(() => socket.close())
    return socket
  }

  it('lets UDP through is tested by one connection, closed at once, and waits', async () => {
    const signaling = await startSignaling({
      stunListen: { host: HOST, port: await freePort() },
      allowPrivateCandidates: false,
    })
    descriptor = await (await fetch(`${signaling.url}/v1/network`)).text()
    expect(JSON.parse(descriptor).stun).toHaveLength(2)
    await turnOn()
    await untilState('waiting')
    expect(
      await page.evaluate(() => watched.connections.map(({ signalingState }) => signalingState)),
    ).toEqual(['closed'])
  })

  it('lets none through is unsuitable, asks for nobody, and looks again when the network changes', async () => {
    const signaling = await startSignaling({
      stunListen: { host: HOST, port: await freePort() },
      allowPrivateCandidates: false,
    })
    const network = await (await fetch(`${signaling.url}/v1/network`)).text()
    const { port } = (await muteServer()).address()
    descriptor = JSON.stringify({ ...JSON.parse(network), stun: [`stun:${HOST}:${port}`] })
    await turnOn()
    await untilState('testing')
    await untilState('unsuitable', 'udp-blocked')
    await says(/blocks UDP/)
    expect(await seen()).toEqual({ sockets: 0, errors: [], connections: 1 })
    descriptor = network
    await changeNetwork()
    await untilState('waiting')
  })
})

/** Those that are there after the browser has collected what it can. */
async function countHeldConnections(devTools: CDPSession): Promise<number> {
  const idOf = async (expression: string) =>
    (await devTools.send('Runtime.evaluate', { expression })).result.objectId ?? ''
  const prototypeObjectId = await idOf('RTCPeerConnection.prototype')
  const { objects } = await devTools.send('Runtime.queryObjects', { prototypeObjectId })
  const { result } = await devTools.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: 'function () { return this.length }',
  })
  await devTools.send('Runtime.releaseObject', { objectId: objects.objectId ?? '' })
  return result.value
}

describe('a bridge whose matches all fail', () => {
  const LONG = process.env.FOOTBRIDGE_LONG === '1'
  /** More than a page may have at once; and more than three times as many. */
  const MATCHES = LONG ? 1_500 : 451

  it(`pauses before the browser’s cap, with words, and goes on by itself (${MATCHES} matches)`, async () => {
    const sdp = await page.evaluate(async () => {
      const connection = new RTCPeerConnection()
      connection.createDataChannel('')
      const { sdp = '' } = await connection.createOffer()
      connection.close()
      return sdp
    })
    const server = await FailingMatches.start(sdp)
    closers.push(() => server.close())
    descriptor = describing(server.url, { egresses: [{ ...EGRESS, url: server.url }] })
    await turnOn()
    await untilState('waiting')
    const devTools = await page.context().newCDPSession(page)
    while (server.answers < MATCHES) {
      await server.fail(MATCHES - server.answers)
      const { registrations } = server
      if (server.answers >= MATCHES) break
      await untilState('paused', 'connection-budget')
      await says(/as often as a browser allows/)
      // What a browser does in its own time.
      if (!LONG) expect(await countHeldConnections(devTools)).toBeLessThan(MATCHES / 10)
      await page.waitForFunction(
        () => document.querySelector('bridge-widget')?.state === 'waiting',
        undefined,
        {
          timeout: 120_000,
        },
      )
      expect(server.registrations).toBe(registrations + 1)
    }
    const { errors, sockets } = await seen()
    expect(errors).toEqual([])
    // One to signaling each time, and one to the egress for each match.
    expect(sockets).toBe(server.registrations + server.answers)
  }, 600_000)
})
