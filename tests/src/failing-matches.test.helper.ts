import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import {
  bytesOfMessage,
  encodeSignalingMessage,
  parseBridgeToServer,
  type RegisterRefuseReason,
  type ServerToBridge,
} from '@footbridge/shared'
import { type WebSocket, WebSocketServer } from 'ws'
import { HOST } from './loopback.ts'

/** A signaling server for one bridge, and an egress: refuses it, or has matches for it that all come to nothing. */
export class FailingMatches {
  readonly #server: WebSocketServer
  readonly #sdp: string
  #bridge: WebSocket | undefined
  #answered: () => void = () => {}
  #lastOfferId = 0
  /** Why it takes no bridge. */
  refuses: RegisterRefuseReason | undefined
  registrations = 0
  answers = 0

  private constructor(server: WebSocketServer, sdp: string) {
    this.#server = server
    this.#sdp = sdp
    server.on('connection', (socket, { url }) => {
      if (url !== '/v1/bridge') return
      this.#bridge = socket
      socket.on('message', (data) => this.#receive(bytesOfMessage(data) ?? new Uint8Array()))
    })
  }

  /** `sdp`: an offer as a client's. */
  static async start(sdp = ''): Promise<FailingMatches> {
    const server = new WebSocketServer({ port: 0, host: HOST })
    await once(server, 'listening')
    return new FailingMatches(server, sdp)
  }

  get url(): string {
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}`
  }

  /** One match after the other, each answered and then given up, until there were so many or the bridge has left. */
  async fail(count: number): Promise<void> {
    const bridge = this.#bridge
    const left = new Promise<void>((resolve) => bridge?.once('close', () => resolve()))
    for (const until = this.answers + count; this.answers < until && bridge?.readyState === bridge?.OPEN; ) {
      const answered = new Promise<void>((resolve) => {
        this.#answered = resolve
      })
      const offerId = ++this.#lastOfferId
      this.#say({ type: 'offer', offerId, sdp: this.#sdp, ticket: 't', egress: 'one', trickle: true })
      await Promise.race([answered, left])
      this.#say({ type: 'cancel', offerId })
    }
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
  }

  #receive(bytes: Uint8Array): void {
    const message = parseBridgeToServer(bytes)
    if (message.type === 'register') {
      this.registrations += 1
      const reason = this.refuses
      this.#say(
        reason ? { type: 'refused', reason, retryAfterMs: 0 } : { type: 'registered', bridgeId: 'bridge' },
      )
    } else if (message.type === 'answer' && message.offerId === this.#lastOfferId) {
      this.answers += 1
      this.#answered()
    }
  }

  #say(message: ServerToBridge): void {
    this.#bridge?.send(encodeSignalingMessage(message))
  }
}
