import {
  encodeSignalingMessage,
  FootbridgeError,
  isFootbridgeError,
  MAX_SIGNALING_MESSAGE_BYTES,
  parseClientToServer,
  type RefuseReason,
  type ServerToClient,
} from '@footbridge/shared'
import express, { type Request, type RequestHandler, type Response } from 'express'
import type { PeerOrigin } from './peer-origin.ts'
import { type ClientPort, type IntroducesClients, RETRY_AFTER_MS } from './rendezvous.ts'

const STATUS_OF_REASON: Readonly<Record<RefuseReason, number>> = {
  'no-bridge': 503,
  'no-egress': 503,
  unavailable: 503,
  limit: 429,
  malformed: 400,
  version: 400,
}

/**
 * `POST /v1/offers`: one offer with a complete description in, its answer with a complete description out. The
 * matchmaker's deadlines bound the wait: every offer is answered or refused after a few attempts.
 */
export function offersEndpoint(
  rendezvous: IntroducesClients,
  originOf: (request: Request) => PeerOrigin,
): RequestHandler[] {
  const readBody = express.raw({ type: () => true, limit: MAX_SIGNALING_MESSAGE_BYTES, inflate: false })
  return [readBody, (request, response) => exchange(rendezvous, originOf(request), request.body, response)]
}

function exchange(
  rendezvous: IntroducesClients,
  origin: PeerOrigin,
  body: unknown,
  response: Response,
): void {
  const client: ClientPort = { trickle: false, origin, send: (message) => respond(response, message) }
  // Also after the answer, which ends all that a single request can say.
  response.on('close', () => rendezvous.leave(client))
  try {
    const message = parseClientToServer(body instanceof Uint8Array ? body : new Uint8Array())
    if (message.type !== 'offer') throw new FootbridgeError('protocol', 'only an offer can be posted')
    rendezvous.fromClient(client, message)
  } catch (error) {
    if (!isFootbridgeError(error)) throw error
    const retryAfterMs = RETRY_AFTER_MS.malformed
    respond(response, { type: 'refused', offerId: 0, reason: 'malformed', retryAfterMs })
  }
}

function respond(response: Response, message: ServerToClient): void {
  if (message.type === 'refused') {
    response.status(STATUS_OF_REASON[message.reason])
    response.set('retry-after', String(Math.ceil(message.retryAfterMs / 1_000)))
  }
  const bytes = encodeSignalingMessage(message)
  response.type('application/msgpack').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}
