import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  MAX_SIGNALING_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  parseServerToBridge,
  SignalingCloseCode,
} from '@footbridge/shared'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Limits } from './limits.ts'
import {
  bridge,
  client,
  OFFER,
  Peer,
  PUBLIC_CANDIDATE,
  sdp,
  startTestServer,
  type TestServer,
} from './server.test.helper.ts'

let server: TestServer

async function start(limits: Partial<Limits> = {}): Promise<TestServer> {
  server = await startTestServer(limits)
  return server
}
afterEach(() => server.close())

/** Somebody else's pairing goes on working. */
async function expectStillServing(): Promise<void> {
  const volunteer = await bridge(server)
  const user = await client(server)
  user.send(OFFER)
  await volunteer.next('offer')
}

describe.each([
  ['client', client],
  ['bridge', bridge],
] as const)('a hostile %s', (_name, join) => {
  it('is closed for a message that is too long', async () => {
    const peer = await join(await start())
    peer.socket.send(new Uint8Array(MAX_SIGNALING_MESSAGE_BYTES + 1))
    // 1009: message too big (RFC 6455).
    expect(await peer.closed).toMatchObject({ code: 1009 })
    await expectStillServing()
  })

  it.each([
    ['noise', new Uint8Array([0xc1, 0xff, 0x00])],
    ['an empty message', new Uint8Array()],
    ['a text message', 'hello'],
  ])('is closed for %s, with a reason', async (_kind, bytes) => {
    const peer = await join(await start())
    peer.socket.send(bytes)
    const { code, reason } = await peer.closed
    expect(code).toBe(SignalingCloseCode.badMessage)
    expect(reason).not.toBe('')
    await expectStillServing()
  })

  it('is closed for a flood of messages', async () => {
    const peer = await join(await start({ messageBurst: 20, messagesPerSecond: 1 }))
    for (let i = 0; i < 40; i++) peer.send({ type: 'candidate', offerId: 1, candidate: PUBLIC_CANDIDATE })
    expect(await peer.closed).toMatchObject({ code: SignalingCloseCode.limit })
    await expectStillServing()
  })

  it('is closed for a flood of pings', async () => {
    const peer = await join(await start({ messageBurst: 20, messagesPerSecond: 1 }))
    for (let i = 0; i < 40; i++) peer.socket.ping()
    expect(await peer.closed).toMatchObject({ code: SignalingCloseCode.limit })
    await expectStillServing()
  })

  it('is closed for a message in too many parts', async () => {
    const peer = await join(await start())
    for (let i = 0; i < 100; i++) peer.socket.send(new Uint8Array(1), { fin: false })
    // 1008: policy violation (RFC 6455).
    expect(await peer.closed).toMatchObject({ code: 1008 })
    await expectStillServing()
  })

  it('is closed when it breaks the rules of WebSockets', async () => {
    const peer = await join(await start())
    // A frame that is not masked.
    ;(peer.socket as unknown as { _socket: Socket })._socket.write(Uint8Array.of(0x82, 1, 0))
    // 1002: protocol error (RFC 6455).
    expect(await peer.closed).toMatchObject({ code: 1002 })
    await expectStillServing()
  })

  it('is gone when only its half of the connection is', async () => {
    const peer = await join(await start())
    ;(peer.socket as unknown as { _socket: Socket })._socket.end()
    await peer.closed
    await expectStillServing()
  })

  it('is closed when it shows no sign of life', async () => {
    const peer = await join(await start({ pingIntervalMs: 20 }))
    peer.socket.pong = () => {}
    expect(await peer.closed).toMatchObject({ code: SignalingCloseCode.timeout })
  })

  it('stays connected for as long as it answers pings', async () => {
    const peer = await join(await start({ pingIntervalMs: 150 }))
    for (let pings = 0; pings < 3; pings++) await once(peer.socket, 'ping')
    await peer.settled()
  })
})

describe('a hostile bridge', () => {
  it('is closed when it does not register in time', async () => {
    await start({ registerTimeoutMs: 20 })
    const peer = new Peer(`${server.wsUrl}/v1/bridge`, parseServerToBridge)
    expect(await peer.closed).toMatchObject({ code: SignalingCloseCode.timeout })
  })

  it('is told to come back later when there are enough, so that clients find a socket', async () => {
    await start({ maxBridges: 1 })
    const first = await bridge(server)
    const surplus = new Peer(`${server.wsUrl}/v1/bridge`, parseServerToBridge)
    await once(surplus.socket, 'open')
    surplus.send({ type: 'register', version: PROTOCOL_VERSION, capacity: 1 })
    expect(await surplus.next('refused')).toEqual({ type: 'refused', reason: 'limit', retryAfterMs: 300_000 })
    expect(await surplus.closed).toMatchObject({ code: SignalingCloseCode.limit })
    first.socket.close()
    await first.closed
    await expectStillServing()
  })

  it('is closed when it speaks before it registers, or registers twice', async () => {
    await start()
    const early = new Peer(`${server.wsUrl}/v1/bridge`, parseServerToBridge)
    await once(early.socket, 'open')
    early.send({ type: 'load', clients: 0 })
    expect(await early.closed).toMatchObject({ code: SignalingCloseCode.badMessage })
    const twice = await bridge(server)
    twice.send({ type: 'register', version: PROTOCOL_VERSION, capacity: 1 })
    expect(await twice.closed).toMatchObject({ code: SignalingCloseCode.badMessage })
  })

  it('is told when it must upgrade', async () => {
    await start()
    const old = new Peer(`${server.wsUrl}/v1/bridge`, parseServerToBridge)
    await once(old.socket, 'open')
    old.send({ type: 'register', version: 99, capacity: 1 })
    expect(await old.next('refused')).toMatchObject({ reason: 'version' })
    expect(await old.closed).toMatchObject({ code: SignalingCloseCode.mustUpgrade })
  })

  it('is dropped when it reads nothing, and its offers are passed on', async () => {
    await start({ maxUnreadBytes: 1_000, messageBurst: 10_000, maxOffersPerClient: 10_000 })
    const deaf = await bridge(server, { capacity: 1_000 })
    deaf.socket.pause()
    const user = await client(server)
    const candidates = Array.from({ length: 31 }, () => `${PUBLIC_CANDIDATE} ufrag ${'x'.repeat(300)}`)
    for (let offerId = 0; offerId < 900; offerId++) user.send({ ...OFFER, offerId, sdp: sdp(1, candidates) })
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
  })

  it("cannot answer another bridge's offer", async () => {
    await start()
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    const { offerId } = await volunteer.next('offer')
    const thief = await bridge(server)
    thief.send({ type: 'answer', offerId, sdp: sdp(2) })
    thief.send({ type: 'candidate', offerId, candidate: PUBLIC_CANDIDATE })
    thief.send({ type: 'decline', offerId, reason: 'busy' })
    await thief.settled()
    await user.settled()
    expect([...user.unread, ...thief.unread]).toEqual([])
  })
})

describe('a hostile client', () => {
  it('is closed when it asks for nothing, or for nothing more', async () => {
    await start({ clientIdleMs: 40 })
    const silent = await client(server)
    expect(await silent.closed).toMatchObject({ code: SignalingCloseCode.timeout })
    const busy = await client(server)
    busy.send(OFFER)
    await busy.next('refused')
    expect(await busy.closed).toMatchObject({ code: SignalingCloseCode.timeout })
  })

  it('is closed for using the number of an offer twice', async () => {
    await start()
    await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    user.send(OFFER)
    expect(await user.closed).toMatchObject({ code: SignalingCloseCode.badMessage })
  })

  it('may have a bounded number of offers under way', async () => {
    await start({ maxOffersPerClient: 1 })
    await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    user.send({ ...OFFER, offerId: 2 })
    expect(await user.next('refused')).toMatchObject({ offerId: 2, reason: 'no-bridge' })
  })
})

describe('the doors', () => {
  it('let in a bounded number of sockets', async () => {
    await start({ maxSockets: 1 })
    await client(server)
    const surplus = new WebSocket(`${server.wsUrl}/v1/client`)
    const [error] = await once(surplus, 'error')
    expect(error.message).toContain('503')
  })

  it('are nowhere else', async () => {
    await start()
    for (const path of ['/', '/v1/offers', '/constructor']) {
      const socket = new WebSocket(`${server.wsUrl}${path}`)
      const [error] = await once(socket, 'error')
      expect(error.message).toContain('404')
    }
  })

  it.each([
    ['dawdles with its body', 'POST /v1/offers HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx'],
    ['dawdles with its head', 'GET /v1/client HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n'],
    ['never begins', ''],
  ])('close on a request that %s', async (_how, beginning) => {
    await start({ requestTimeoutMs: 50 })
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write(beginning)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /)
  })

  it.each([
    ['no HTTP', 'nonsense\r\n\r\n', 400],
    ['a head that is too long', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a socket without a key',
      'GET /v1/client HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      400,
    ],
    [
      'a body of two lengths',
      'POST /v1/offers HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a head twice', 'POST /v1/offers HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 1\r\n\r\n', 400],
  ])('answer %s with a status', async (_what, request, status) => {
    await start()
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.end(request)
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    await expectStillServing()
  })
})

describe('closing the server', () => {
  it('tells everybody, and is idempotent', async () => {
    await start()
    const peers = [await bridge(server), await client(server)]
    await Promise.all([server.close(), server.close()])
    for (const peer of peers) expect(await peer.closed).toMatchObject({ code: SignalingCloseCode.shutdown })
  })

  it('does not wait long for a peer that does not answer', async () => {
    await start()
    const peer = await client(server)
    peer.socket.pause()
    await server.close()
  })
})
