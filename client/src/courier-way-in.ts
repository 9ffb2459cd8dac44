import {
  type ClientOfferMessage,
  decodeBase64Url,
  encodeSignalingMessage,
  FootbridgeError,
  type NetworkDescriptor,
  parseServerToClient,
  type SealedOffer,
  type ServerToClient,
  sealOffer,
  type WebRtc,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import type { Courier } from './courier.ts'
import { offeringPeer } from './offering-peer.ts'
import type { Reachability } from './reachability.ts'
import { solveWork, workOf } from './solve-work.ts'
import {
  checkAnswer,
  isNoWay,
  type Meeting,
  type MeetingRequest,
  offerFor,
  refusalOf,
  type WayIn,
} from './way-in.ts'

export interface CourierWayInOptions {
  readonly network: NetworkDescriptor
  readonly webRtc: WebRtc
  readonly reachability: Reachability
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly wallNow?: () => number
}

/**
 * Offers with a complete description, in one message that somebody takes to signaling, and whose answer he brings. Both
 * are sealed if the network has a key for that.
 */
export class CourierWayIn implements WayIn {
  readonly #options: CourierWayInOptions
  readonly #courier: Courier
  /** What signaling's clock is ahead of this one, as far as that was a matter. */
  #aheadMs = 0

  constructor(options: CourierWayInOptions, courier: Courier) {
    this.#options = options
    this.#courier = courier
  }

  async meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting> {
    const { network, webRtc, reachability } = this.#options
    const giveUp = new AbortController()
    const both = AbortSignal.any([signal, giveUp.signal])
    let describe: (sdp: string) => void = () => {}
    const description = new Promise<string>((resolve) => {
      describe = resolve
    })
    const peer = offeringPeer(request, network, {
      webRtc,
      trickle: false,
      signal: both,
      onDescription: describe,
    })
    // Fails when there is no description to wait for; never fulfilled before there is an answer.
    const failure = peer.carrier.then(() => Promise.reject(nonsense()))
    failure.catch(() => {})
    try {
      const offer = Promise.race([description, failure]).then((sdp) =>
        offerFor(request, reachability, 1, sdp),
      )
      const answer = await this.#offer(expected(offer), both)
      if (answer.type === 'refused') {
        giveUp.abort()
        return refusalOf(answer)
      }
      if (answer.type !== 'answer') throw nonsense()
      checkAnswer(answer, request, network)
      peer.accept(answer.sdp)
      const carrier = await peer.carrier.catch((error: unknown) => {
        if (isNoWay(error)) reachability.unreached()
        throw error
      })
      return { type: 'met', carrier, bridgeId: answer.bridgeId, egress: answer.egress }
    } catch (error) {
      giveUp.abort()
      throw error
    }
  }

  close(): void {}

  /** The server's last word on the offer, after some work if it asks for that first. */
  async #offer(offer: Promise<ClientOfferMessage>, signal: AbortSignal): Promise<ServerToClient> {
    const answer = await this.#carry(offer, signal)
    const work = answer.type === 'refused' ? workOf(answer) : undefined
    if (work === undefined) return answer
    const proof = await solveWork(work, (await offer).sdp, signal)
    return proof ? await this.#carry(Promise.resolve({ ...(await offer), ...proof }), signal) : answer
  }

  async #carry(offer: Promise<ClientOfferMessage>, signal: AbortSignal): Promise<ServerToClient> {
    const { signalingKey } = this.#options.network
    const message = expected(offer.then(encodeSignalingMessage))
    if (signalingKey === undefined) {
      if (this.#courier.isDirect) return await this.#courier.carry(message, parse, signal)
      throw new FootbridgeError('unavailable', 'the network has no key to seal offers with')
    }
    const key = decodeBase64Url(signalingKey)
    const answer =
      (await this.#carrySealed(message, key, signal)) ?? (await this.#carrySealed(message, key, signal))
    if (!answer) throw new FootbridgeError('unavailable', 'signaling takes this offer for an old one')
    return answer
  }

  /** `undefined` if the clock had to be set first. */
  async #carrySealed(
    message: Promise<Uint8Array>,
    signalingKey: Uint8Array,
    signal: AbortSignal,
  ): Promise<ServerToClient | undefined> {
    const { wallNow = Date.now } = this.#options
    let sealed: SealedOffer | undefined
    const letter = message.then((message) => {
      const now = Math.max(0, wallNow() + this.#aheadMs)
      sealed = sealOffer(message, { primitives: nodePrimitives, signalingKey, now })
      return sealed.bytes
    })
    return await this.#courier.carry(
      expected(letter),
      (bytes) => {
        // Before there was a question?
        if (sealed === undefined) throw nonsense()
        const answer = sealed.open(bytes)
        if (answer.message.length > 0) return parse(answer.message)
        this.#aheadMs = answer.time - wallNow()
        return undefined
      },
      signal,
    )
  }
}

/** The same promise, which may be rejected when nobody waits for it any more. */
function expected<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

function parse(bytes: Uint8Array): ServerToClient {
  const message = parseServerToClient(bytes)
  if (message.type === 'unknown') throw nonsense()
  return message
}

function nonsense(): FootbridgeError {
  return new FootbridgeError('malformed', 'the signaling server answered with something else')
}
