import {
  boundedBytes,
  type ClientOfferMessage,
  encodeSignalingMessage,
  FootbridgeError,
  isFootbridgeError,
  MAX_SIGNALING_MESSAGE_BYTES,
  type NetworkDescriptor,
  parseServerToClient,
  type ServerToClient,
  type WebRtc,
} from '@footbridge/shared'
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

/** The bridge has to answer with all its candidates in this time, failing over included. */
const ANSWER_TIMEOUT_MS = 15_000

export interface PostWayInOptions {
  /** HTTP origin of the signaling server, or of whatever stands in front of it. */
  readonly origin: string
  readonly network: NetworkDescriptor
  readonly webRtc: WebRtc
  readonly reachability: Reachability
}

/** Offers by one HTTP POST with a complete description: passes where WebSockets do not. */
export class PostWayIn implements WayIn {
  readonly #options: PostWayInOptions

  constructor(options: PostWayInOptions) {
    this.#options = options
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
      const sdp = await Promise.race([description, failure])
      const answer = await this.#offer(offerFor(request, reachability, 1, sdp), both)
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
  async #offer(offer: ClientOfferMessage, signal: AbortSignal): Promise<ServerToClient> {
    const answer = await this.#post(offer, signal)
    const work = answer.type === 'refused' ? workOf(answer) : undefined
    const proof = work && (await solveWork(work, offer.sdp, signal))
    return proof ? await this.#post({ ...offer, ...proof }, signal) : answer
  }

  async #post(offer: ClientOfferMessage, signal: AbortSignal): Promise<ServerToClient> {
    const deadline = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    try {
      const response = await fetch(`${this.#options.origin}/v1/offers`, {
        method: 'POST',
        headers: { 'content-type': 'application/msgpack' },
        body: encodeSignalingMessage(offer),
        redirect: 'error',
        signal: AbortSignal.any([signal, deadline]),
      })
      const message = parseServerToClient(await boundedBytes(response, MAX_SIGNALING_MESSAGE_BYTES))
      if (message.type === 'unknown') throw nonsense()
      return message
    } catch (error) {
      if (isFootbridgeError(error)) throw error
      if (signal.aborted) throw new FootbridgeError('aborted', 'the rendezvous was cancelled')
      // No `cause`: it names the server's address.
      throw new FootbridgeError('unavailable', 'the signaling server cannot be reached by POST')
    }
  }
}

function nonsense(): FootbridgeError {
  return new FootbridgeError('malformed', 'the signaling server answered with something else')
}
