import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import {
  type Carrier,
  CloseCode,
  encodeBase64Url,
  type NetworkDescriptor,
  openWebSocketCarrier,
  signTicket,
  webSocketCarrier,
} from '@footbridge/shared'
import { nodePrimitives, nodeWebSocket } from '@footbridge/shared/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { type StandingBridge, startStandingBridge } from './standing-bridge.ts'

const HOST = '127.0.0.1'
const { ed25519, randomBytes } = nodePrimitives
const KEYS = ed25519.generate()

/** A ticket as signaling gives it, or not quite. */
function ticket({ egress = 'echo', livesMs = 60_000, secretKey = KEYS.secretKey } = {}): string {
  const claims = { version: 1, id: randomBytes(16), egress, expiresAt: Date.now() + livesMs }
  return signTicket(claims, ed25519.signer(secretKey))
}

/** Echoes packets, and takes each ticket once. */
class EchoEgress {
  readonly requests: IncomingMessage[] = []
  readonly closes: Promise<CloseCode>[] = []
  readonly #http: Server = createServer()
  readonly #sockets = new WebSocketServer({
    server: this.#http,
    verifyClient: ({ req }: { req: IncomingMessage }) => this.#admit(req),
  })

  async open(): Promise<string> {
    this.#sockets.on('connection', (socket) => {
      const carrier = webSocketCarrier(socket)
      this.closes.push(
        new Promise((close) => carrier.start({ packet: (packet) => carrier.send(packet), close })),
      )
    })
    this.#http.listen(0, HOST)
    await once(this.#http, 'listening')
    return `http://${HOST}:${(this.#http.address() as AddressInfo).port}`
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#http.close()
  }

  #admit(request: IncomingMessage): boolean {
    const isUsed = this.requests.some(({ url }) => url === request.url)
    this.requests.push(request)
    return !isUsed
  }
}

let egress: EchoEgress
let network: NetworkDescriptor
let bridge: StandingBridge

beforeEach(async () => {
  egress = new EchoEgress()
  network = {
    version: 1,
    signaling: ['http://127.0.0.1:1'],
    egresses: [{ id: 'echo', url: await egress.open(), publicKey: encodeBase64Url(KEYS.publicKey) }],
    stun: [],
    ticketKey: encodeBase64Url(KEYS.publicKey),
  }
  bridge = await startStandingBridge({ listen: { host: HOST, port: 0 }, network, capacity: 2 })
})

afterEach(async () => {
  await bridge.close()
  egress.close()
})

function open(text: string): Promise<Carrier> {
  const url = `${bridge.url.replace('http', 'ws')}/v1/path?ticket=${text}`
  return openWebSocketCarrier(url, { WebSocket: nodeWebSocket, timeoutMs: 5_000 })
}

/** What the bridge answers to an upgrade request, up to the end of the connection. */
async function answerTo(path: string, headers: readonly string[] = []): Promise<string> {
  const socket = connect(Number(new URL(bridge.url).port), HOST)
  const lines = [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...headers]
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

describe('a standing bridge', () => {
  it('joins a client with a ticket to the egress, and tells the egress nothing of the client', async () => {
    const text = ticket()
    const carrier = await open(text)
    const echoed = new Promise((resolve) => carrier.start({ packet: resolve, close: () => {} }))
    carrier.send(Uint8Array.of(1, 2, 3))
    expect([...((await echoed) as Uint8Array)]).toEqual([1, 2, 3])
    expect(bridge.paths).toBe(1)
    const [request] = egress.requests
    expect(request?.url).toBe(`/v1/relay?ticket=${text}`)
    expect(
      Object.keys(request?.headers ?? {}).filter((name) => /forward|real-ip|via|client/i.test(name)),
    ).toEqual([])
    carrier.close(CloseCode.done)
    expect(await egress.closes[0]).toBe(CloseCode.done)
  })

  it.each([
    ['no ticket', () => '/v1/path'],
    ['an empty ticket', () => '/v1/path?ticket='],
    ['nonsense', () => `/v1/path?ticket=${'x'.repeat(5_000)}`],
    ['an expired ticket', () => `/v1/path?ticket=${ticket({ livesMs: -1 })}`],
    ['a ticket that somebody else signed', () => `/v1/path?ticket=${ticket({ secretKey: randomBytes(32) })}`],
    ['a ticket to an egress that it does not know', () => `/v1/path?ticket=${ticket({ egress: 'other' })}`],
    ['another path', () => `/v1/relay?ticket=${ticket()}`],
    ['no path at all', () => `//?ticket=${ticket()}`],
  ])('answers %s as any web server does, and asks no egress', async (_, path) => {
    const answer = await answerTo(path())
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
    expect(answer).toContain('Not found')
    expect(egress.requests).toEqual([])
  })

  it('answers who asks for a page as any web server does', async () => {
    for (const path of ['/', '/v1/path', '/healthz'])
      expect((await fetch(bridge.url + path)).status).toBe(404)
  })

  it('does not take a ticket that the egress does not take', async () => {
    const text = ticket()
    await open(text)
    await expect(open(text)).rejects.toMatchObject({ code: 'unavailable' })
    expect(bridge.paths).toBe(1)
  })

  it('takes no more paths than it has room for, and asks no egress for them', async () => {
    await open(ticket())
    const leaving = await open(ticket())
    await expect(open(ticket())).rejects.toMatchObject({ code: 'unavailable' })
    expect(egress.requests).toHaveLength(2)
    leaving.close(CloseCode.done)
    await egress.closes[1]
    await open(ticket())
  })

  it('leaves nothing at the egress of who asks for a WebSocket that cannot be', async () => {
    expect(await answerTo(`/v1/path?ticket=${ticket()}`, ['Sec-WebSocket-Version: 13'])).toMatch(
      /^HTTP\/1\.1 400/,
    )
    expect(await egress.closes[0]).toBe(CloseCode.peerLost)
    expect(bridge.paths).toBe(0)
  })

  it('tells both ends when it leaves', async () => {
    const carrier = await open(ticket())
    const closed = new Promise((close) => carrier.start({ packet: () => {}, close }))
    await bridge.close()
    expect(await closed).toBe(CloseCode.leaving)
    expect(await egress.closes[0]).toBe(CloseCode.leaving)
  })

  it.each([0, 1.5, 1_025])('refuses %d for the number of its paths', async (capacity) => {
    const starting = startStandingBridge({ listen: { host: HOST, port: 0 }, network, capacity })
    await expect(starting).rejects.toMatchObject({ code: 'usage' })
  })
})
