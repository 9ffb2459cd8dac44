import { once } from 'node:events'
import {
  type BridgeToServer,
  type ClientOfferMessage,
  type ClientToServer,
  encodeSignalingMessage,
  PROTOCOL_VERSION,
  parseServerToBridge,
  parseServerToClient,
} from '@footbridge/shared'
import { WebSocket } from 'ws'
import { ANSWER_SDP, OFFER_SDP } from './fake-descriptions.ts'

/** As many as a volunteer's browser takes by default. */
const CAPACITY = 8
/** Time for which a bridge helps a client. Short, so that some thousand bridges stand for many. */
const HELP_MS = 1_000
/** Far more than any answer takes: by then signaling has tried all that it tries. */
const MATCH_TIMEOUT_MS = 15_000

/** An address for each `index`, every one in a /24 of its own. The server is told of it as by a proxy in front. */
export function addressOf(index: number): string {
  return `${20 + (index >> 16)}.${(index >> 8) & 0xff}.${index & 0xff}.9`
}

/** A volunteer's browser, as far as signaling can tell: takes every offer and answers at once. */
export class FakeBridge {
  readonly #socket: WebSocket
  #clients = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (bytes: Buffer) => this.#received(bytes))
  }

  /** Resolves once it is registered. */
  static async come(signaling: string, index: number): Promise<FakeBridge> {
    const socket = await open(`${signaling}/v1/bridge`, index)
    const bridge = new FakeBridge(socket)
    const nat = index % 3 === 0 ? 'open' : 'restricted'
    bridge.#send({ type: 'register', version: PROTOCOL_VERSION, capacity: CAPACITY, load: 0, nat })
    await once(socket, 'message')
    return bridge
  }

  leave(): void {
    this.#socket.terminate()
  }

  #received(bytes: Buffer): void {
    const message = parseServerToBridge(bytes)
    if (message.type !== 'offer') return
    this.#send({ type: 'answer', offerId: message.offerId, sdp: ANSWER_SDP })
    this.#help(1)
    setTimeout(() => this.#help(-1), HELP_MS)
  }

  #help(change: number): void {
    this.#clients += change
    this.#send({ type: 'load', clients: this.#clients })
  }

  #send(message: BridgeToServer): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeSignalingMessage(message))
  }
}

/** A client's library, as far as signaling can tell. It never calls the bridges that it gets to know. */
export class FakeClient {
  readonly #socket: WebSocket
  /** Who waits for the outcome of which offer. */
  readonly #waiting = new Map<number, (matched: boolean) => void>()
  #lastOfferId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (bytes: Buffer) => this.#received(bytes))
  }

  static async come(signaling: string, index: number): Promise<FakeClient> {
    return new FakeClient(await open(`${signaling}/v1/client`, index))
  }

  /** Offers, and resolves with whether a bridge's answer came. */
  offer(): Promise<boolean> {
    this.#lastOfferId += 1
    const offerId = this.#lastOfferId
    this.#send({ ...OFFER, offerId })
    return new Promise((resolve) => {
      const settle = (matched: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(offerId)
        resolve(matched)
      }
      const timer = setTimeout(() => settle(false), MATCH_TIMEOUT_MS)
      this.#waiting.set(offerId, settle)
    })
  }

  leave(): void {
    this.#socket.terminate()
  }

  #received(bytes: Buffer): void {
    const message = parseServerToClient(bytes)
    if (message.type === 'answer' || message.type === 'refused') {
      this.#waiting.get(message.offerId)?.(message.type === 'answer')
    }
  }

  #send(message: ClientToServer): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeSignalingMessage(message))
  }
}

/** What a client asks for, apart from the number. */
export const OFFER: ClientOfferMessage = {
  type: 'offer',
  version: PROTOCOL_VERSION,
  offerId: 1,
  sdp: OFFER_SDP,
  avoid: [],
  nat: 'restricted',
}

async function open(url: string, index: number): Promise<WebSocket> {
  const headers = { 'x-forwarded-for': addressOf(index), origin: 'https://example.org' }
  const socket = new WebSocket(url, { perMessageDeflate: false, headers })
  await once(socket, 'open')
  // Whoever was cut off has no answer, and is counted for that.
  socket.on('error', () => {})
  return socket
}
