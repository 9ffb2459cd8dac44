import {
  answerPeer,
  type BridgeOfferMessage,
  type BridgeToServer,
  type CandidateMessage,
  type Carrier,
  CloseCode,
  type DeclineReason,
  isFootbridgeError,
  type NetworkDescriptor,
  openWebSocketCarrier,
  type RendezvousPeer,
} from '@footbridge/shared'
import type { Platform } from './platform.ts'
import type { RateLimiter } from './rate-limit.ts'
import { Relay } from './relay.ts'
import { relayUrl } from './relay-url.ts'

const EGRESS_TIMEOUT_MS = 10_000

export interface AssociationOptions {
  readonly offer: BridgeOfferMessage
  /** From the bridge's own descriptor, never from a message. */
  readonly egressOrigin: string
  readonly network: NetworkDescriptor
  readonly platform: Platform
  readonly limiter?: RateLimiter | undefined
  signal(message: BridgeToServer): void
  /** Traffic can pass. */
  onRelaying(): void
  /** Nothing is left of it. Called once; not after `close`. */
  onEnd(): void
  /** The browser made no further WebRTC connection. */
  onConnectionRefused(): void
}

/** One path of a client over this bridge, from its offer to its end. */
export class Association {
  readonly #options: AssociationOptions
  readonly #abort = new AbortController()
  readonly #peer: RendezvousPeer
  #relay: Relay | undefined
  #answered = false
  /** What a carrier is told that opens when it is no longer needed. */
  #closeCode: CloseCode = CloseCode.peerLost

  constructor(options: AssociationOptions) {
    const { offer, network, platform, signal } = options
    const { offerId } = offer
    this.#options = options
    this.#peer = answerPeer(offer.sdp, {
      webRtc: platform.webRtc,
      clock: platform.clock,
      stun: network.stun,
      turn: offer.turn,
      allowPrivateCandidates: network.allowPrivateCandidates === true,
      trickle: offer.trickle,
      signal: this.#abort.signal,
      onDescription: (sdp) => {
        this.#answered = true
        signal({ type: 'answer', offerId, sdp })
      },
      onCandidate: (candidate, sdpMid) =>
        signal({ type: 'candidate', offerId, candidate, ...(sdpMid !== undefined && { sdpMid }) }),
    })
    // While the peers look for a way to each other, the way on is opened.
    const egress = openWebSocketCarrier(relayUrl(options.egressOrigin, offer.ticket), {
      WebSocket: platform.WebSocket,
      timeoutMs: EGRESS_TIMEOUT_MS,
      signal: this.#abort.signal,
    })
    void this.#join(this.#peer.carrier, egress)
  }

  /** Bytes to and from the client. */
  get bytes(): { readonly down: number; readonly up: number } {
    return { down: this.#relay?.bytesDown ?? 0, up: this.#relay?.bytesUp ?? 0 }
  }

  /** It belongs to a client that this bridge helps already. */
  get isAdditional(): boolean {
    return this.#options.offer.additional === true
  }

  /** Where its client is, as far as signaling knows. */
  get country(): string | undefined {
    return this.#options.offer.country
  }

  /** The client has an answer: it counts as one of this bridge's clients until it is let go. */
  get isAnswered(): boolean {
    return this.#answered
  }

  get isRelaying(): boolean {
    return this.#relay !== undefined
  }

  addCandidate({ candidate, sdpMid }: CandidateMessage): void {
    this.#peer.addCandidate(candidate, sdpMid)
  }

  /** Lets the client go, and tells both ends why. Idempotent. */
  close(code: CloseCode): void {
    this.#closeCode = code
    this.#abort.abort()
    this.#relay?.close(code)
  }

  async #join(client: Promise<Carrier>, egress: Promise<Carrier>): Promise<void> {
    const [atClient, atEgress] = await Promise.allSettled([
      this.#abortIfRejected(client, 'failed'),
      this.#abortIfRejected(egress, 'egress'),
    ])
    const carriers = [atClient, atEgress].map((end) => (end.status === 'fulfilled' ? end.value : undefined))
    const [clientCarrier, egressCarrier] = carriers
    if (this.#abort.signal.aborted || !clientCarrier || !egressCarrier) {
      for (const carrier of carriers) carrier?.close(this.#closeCode)
      return
    }
    this.#relay = new Relay(clientCarrier, egressCarrier, {
      clock: this.#options.platform.clock,
      limiter: this.#options.limiter,
      onEnd: () => this.#options.onEnd(),
    })
    this.#options.onRelaying()
  }

  /** When one end fails, nobody needs to wait for the other. */
  async #abortIfRejected(carrier: Promise<Carrier>, reason: DeclineReason): Promise<Carrier> {
    try {
      return await carrier
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        this.#abort.abort()
        this.#options.signal({ type: 'decline', offerId: this.#options.offer.offerId, reason })
        if (isFootbridgeError(error, 'limit')) this.#options.onConnectionRefused()
        this.#options.onEnd()
      }
      throw error
    }
  }
}
