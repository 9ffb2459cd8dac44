import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { answerBox, encodeBase64Url, offerBox, systemClock } from '@footbridge/shared'
import { createLog, nodePrimitives as primitives } from '@footbridge/shared/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { DEFAULT_LIMITS } from './limits.ts'
import { listenAtMailboxes } from './mailbox-desk.ts'
import type { SealedExchange, SealedOffers } from './sealed-offers.ts'

const SIGNALING_KEY = primitives.x25519.generate().publicKey
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** A Nostr relay where signaling listens. */
class Relay {
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  #kind = 0

  constructor() {
    onTestFinished(() => {
      for (const socket of this.#server.clients) socket.terminate()
      this.#server.close()
    })
  }

  async url(): Promise<string> {
    if (this.#server.address() === null) await once(this.#server, 'listening')
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves once signaling looks into its box. */
  async listener(): Promise<WebSocket> {
    const [socket] = (await once(this.#server, 'connection')) as [WebSocket]
    const [data] = await once(socket, 'message')
    const [type, id, filter] = JSON.parse(String(data))
    expect(type).toBe('REQ')
    expect(filter['#p']).toEqual([hex(offerBox(primitives, SIGNALING_KEY))])
    this.#kind = filter.kinds[0]
    socket.send(JSON.stringify(['EOSE', id]))
    return socket
  }

  put(socket: WebSocket, letter: Uint8Array): void {
    socket.send(JSON.stringify(['EVENT', 'box', { kind: this.#kind, content: base64(letter) }]))
  }
}

function start(
  urls: readonly string[],
  exchange: (letter: Uint8Array) => SealedExchange,
  isOwn: (name: string) => boolean = () => true,
): void {
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  listenAtMailboxes({
    urls,
    sealedOffers: { exchange } as unknown as SealedOffers,
    isOwn,
    signalingKey: SIGNALING_KEY,
    limits: { ...DEFAULT_LIMITS, mailboxOffersPerSecond: 0.001, mailboxOfferBurst: 5, maxMailboxOffers: 3 },
    primitives,
    clock: systemClock,
    log: createLog('test', 'silent'),
    signal: stopping.signal,
  })
}

/** Resolves once everything that was sent has been read. */
async function settled(socket: WebSocket): Promise<void> {
  socket.ping()
  await once(socket, 'pong')
}

describe('signaling at a public relay', () => {
  it('puts the answer into the box of the offer, and lets the client go', async () => {
    const relay = new Relay()
    let left = 0
    const answer = Uint8Array.of(4, 5)
    const leave = (): void => {
      left += 1
    }
    start([await relay.url()], () => ({ answer: Promise.resolve(answer), leave }))
    const socket = await relay.listener()
    const letter = Uint8Array.of(1, 2, 3)
    relay.put(socket, letter)
    const [data] = await once(socket, 'message')
    const [type, event] = JSON.parse(String(data))
    expect(type).toBe('EVENT')
    expect(event.tags).toEqual([['p', hex(answerBox(primitives, letter))]])
    expect(event.content).toBe(base64(answer))
    expect(left).toBe(1)
  })

  it('opens only so many of a flood of letters', async () => {
    const relay = new Relay()
    let opened = 0
    start([await relay.url()], () => {
      opened += 1
      throw new TypeError('not even an error of ours')
    })
    const socket = await relay.listener()
    for (let count = 0; count < 2_000; count += 1) relay.put(socket, primitives.randomBytes(100))
    await settled(socket)
    expect(opened).toBe(5)
  })

  it('leaves alone what another server of its network answers', async () => {
    const relay = new Relay()
    const [own, other] = [Uint8Array.of(1), Uint8Array.of(2)]
    const opened: Uint8Array[] = []
    const exchange = (letter: Uint8Array): SealedExchange => {
      opened.push(Uint8Array.from(letter))
      return { answer: new Promise(() => {}), leave: () => {} }
    }
    const name = encodeBase64Url(answerBox(primitives, own))
    start([await relay.url()], exchange, (asked) => asked === name)
    const socket = await relay.listener()
    for (const letter of [other, own]) relay.put(socket, letter)
    await settled(socket)
    expect(opened).toEqual([own])
  })

  it('has only so many offers under way', async () => {
    const relay = new Relay()
    const names = new Set<string>()
    start([await relay.url()], (letter) => {
      names.add(encodeBase64Url(letter))
      return { answer: new Promise(() => {}), leave: () => {} }
    })
    const socket = await relay.listener()
    for (let count = 0; count < 50; count += 1) relay.put(socket, Uint8Array.of(1, count))
    await settled(socket)
    expect(names.size).toBe(3)
  })

  it('comes back to a relay that it lost, or that sent too much or nonsense', async () => {
    const relay = new Relay()
    start([await relay.url()], () => ({ answer: new Promise(() => {}), leave: () => {} }))
    const first = await relay.listener()
    for (const nonsense of ['{', '[]', '["EVENT","box"]', '["EVENT","box",null]', '["OK",1,false]', '0']) {
      first.send(nonsense)
    }
    await settled(first)
    const again = relay.listener()
    first.send('x'.repeat(100_000))
    await once(first, 'close')
    expect((await again).readyState).toBe(1)
  })
})
