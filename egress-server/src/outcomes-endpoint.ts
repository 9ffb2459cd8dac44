import {
  type Clock,
  isFootbridgeError,
  type OutcomePage,
  type Primitives,
  verifyOutcomeAccess,
} from '@footbridge/shared'
import type { Request, RequestHandler, Response } from 'express'

export const OUTCOMES_PATH = '/v1/outcomes'

export interface OutcomesEndpointOptions {
  readonly page: (after?: number) => OutcomePage
  /** Signaling's Ed25519 key; `undefined` while it is not known yet. */
  readonly ticketKey: () => Uint8Array | undefined
  /** The id of this egress. */
  readonly egress: string
  readonly primitives: Primitives
  readonly clock: Clock
}

/** `GET /v1/outcomes?after=N`: what became of paths, for the holder of the ticket key alone. */
export function outcomesEndpoint(options: OutcomesEndpointOptions): RequestHandler {
  return (request, response) => {
    response.set('Cache-Control', 'no-store')
    const publicKey = options.ticketKey()
    if (publicKey === undefined)
      sendSentence(response, 503, 'This egress does not know the key of tickets yet.')
    else if (!isSignaling(request, publicKey, options)) sendSentence(response, 401, 'This is for signaling.')
    else {
      const after = numberOf(request.query.after)
      response.json(options.page(after))
    }
  }
}

function isSignaling(request: Request, publicKey: Uint8Array, options: OutcomesEndpointOptions): boolean {
  const { egress, primitives, clock } = options
  const [, token = ''] = /^Bearer ([\w-]+)$/.exec(request.headers.authorization ?? '') ?? []
  try {
    verifyOutcomeAccess(token, { publicKey, egress, now: clock.wallNow(), primitives })
    return true
  } catch (error) {
    if (isFootbridgeError(error)) return false
    throw error
  }
}

/** A number that is none reads as no number: then everything is new. */
function numberOf(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

function sendSentence(response: Response, status: number, sentence: string): void {
  response.status(status).type('text').send(`${sentence}\n`)
}
