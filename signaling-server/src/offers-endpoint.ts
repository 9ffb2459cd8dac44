import {
  decodeBase64Url,
  encodeSignalingMessage,
  FootbridgeError,
  isFootbridgeError,
  isSealed,
  MAX_SEALED_BYTES,
  type OfferRefuseReason,
  parseClientToServer,
  type ServerToClient,
} from '@footbridge/shared'
import express, { type Request, type RequestHandler, type Response } from 'express'
import type { Admission } from './admission.ts'
import type { PeerOrigin } from './peer-origin.ts'
import { refusalOfOffer } from './refusals.ts'
import type { ClientPort, IntroducesClients } from './rendezvous.ts'
import type { SealedOffers } from './sealed-offers.ts'

const STATUS_OF_REASON: Readonly<Record<OfferRefuseReason, number>> = {
  'no-bridge': 503,
  malformed: 400,
  version: 400,
}

export interface OffersEndpointOptions {
  readonly rendezvous: IntroducesClients
  readonly admission: Admission
  readonly sealedOffers: SealedOffers
  readonly originOf: (request: Request) => PeerOrigin
}

/**
 * `POST /v1/offers`: one offer with a complete description in, its answer with a complete description out; sealed if the
 * offer is. The matchmaker's deadlines bound the wait: every offer is answered or refused after a few attempts.
 */
export function offersEndpoint(options: OffersEndpointOptions): RequestHandler {
  const { admission, originOf } = options
  const readBody = express.raw({ type: () => true, limit: MAX_SEALED_BYTES, inflate: false })
  return (request, response, next) => {
    const origin = originOf(request)
    if (!admission.mayOffer(origin)) {
      respond(response, refusalOfOffer(0, 'no-bridge'))
      return
    }
    readBody(request, response, (error?: unknown) => {
      if (error) next(error)
      else exchange(options, origin, request.body, response)
    })
  }
}

/** An offer's URL is good for one answer, which nobody else can read. Some caches bring nothing that they may not keep. */
const CACHING = 'public, max-age=60'

/**
 * `GET /v1/offers/OFFER`: one sealed offer in base64url in, its sealed answer out, through a cache. Whoever asks twice
 * gets the same.
 */
export function offerInPathEndpoint({
  sealedOffers,
  admission,
  originOf,
}: OffersEndpointOptions): RequestHandler<{ offer: string }> {
  return (request, response) => {
    const origin = originOf(request)
    if (!admission.mayOffer(origin)) respond(response, refusalOfOffer(0, 'no-bridge'))
    else
      exchangeSealed(
        sealedOffers,
        origin,
        () => decodeBase64Url(request.params.offer),
        response,
        () => response.set('cache-control', CACHING),
      )
  }
}

function exchange(
  { rendezvous, admission, sealedOffers }: OffersEndpointOptions,
  origin: PeerOrigin,
  body: unknown,
  response: Response,
): void {
  if (body instanceof Uint8Array && isSealed(body)) {
    exchangeSealed(sealedOffers, origin, () => body, response)
    return
  }
  const client: ClientPort = { trickle: false, origin, send: (message) => respond(response, message) }
  // Also after the answer, which ends all that a single request can say.
  response.on('close', () => rendezvous.leave(client))
  try {
    const message = parseClientToServer(body instanceof Uint8Array ? body : new Uint8Array())
    if (message.type !== 'offer') throw new FootbridgeError('protocol', 'only an offer can be posted')
    const refusal = admission.refusalOf(message, origin)
    if (refusal) respond(response, refusal)
    else rendezvous.fromClient(client, message)
  } catch (error) {
    if (!isFootbridgeError(error)) throw error
    respond(response, refusalOfOffer(0, 'malformed'))
  }
}

function exchangeSealed(
  sealedOffers: SealedOffers,
  origin: PeerOrigin,
  read: () => Uint8Array,
  response: Response,
  beforeAnswer: () => void = () => {},
): void {
  try {
    const { answer, leave } = sealedOffers.exchange(read(), origin)
    response.on('close', leave)
    void answer.then((bytes) => {
      if (response.closed) return
      beforeAnswer()
      sendBytes(response.type('application/octet-stream'), bytes)
    })
  } catch (error) {
    if (!isFootbridgeError(error)) throw error
    respond(response, refusalOfOffer(0, 'malformed'))
  }
}

function respond(response: Response, message: ServerToClient): void {
  if (message.type === 'refused') {
    // Else a number would tell whether the offer was read before it was refused.
    message = { ...message, offerId: 0 }
    response.status(STATUS_OF_REASON[message.reason])
    response.set('retry-after', String(Math.ceil(message.retryAfterMs / 1_000)))
  }
  sendBytes(response.type('application/msgpack'), encodeSignalingMessage(message))
}

function sendBytes(response: Response, bytes: Uint8Array): void {
  response.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}
