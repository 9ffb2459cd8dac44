import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { FootbridgeError } from '../errors.ts'

/** Shorter ones could be guessed. */
const LEAST_TOKEN_CHARS = 16
const LOOPBACK = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/

/** What everybody else is told. */
export const METRICS_REFUSED = 'Metrics are for this machine, or for whoever knows --metrics-token.\n'

/**
 * Who may read `/metrics`: whoever knows `token`; without one, programs on this machine, unless a proxy there passes on
 * what somebody else asks. Throws `usage` for a token that is too short.
 */
export function metricsAccess(token: string | undefined): (request: IncomingMessage) => boolean {
  if (token === undefined) return isFromThisMachine
  if (token.length < LEAST_TOKEN_CHARS) {
    throw new FootbridgeError('usage', `--metrics-token takes ${LEAST_TOKEN_CHARS} characters or more`)
  }
  return (request) => hasBearer(request, token)
}

/** Whether the request's bearer token is `token`. Takes equally long however much of it is right. */
export function hasBearer({ headers }: IncomingMessage, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

function isFromThisMachine({ socket, headers }: IncomingMessage): boolean {
  const isPassedOn = ['x-forwarded-for', 'forwarded', 'via'].some((name) => headers[name] !== undefined)
  return !isPassedOn && LOOPBACK.test(socket.remoteAddress ?? '')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
