import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { createUnzip } from 'node:zlib'
import { FootbridgeError, isFootbridgeError, MAX_SEALED_BYTES, type Middleman } from '@footbridge/shared'
import { ANSWER_TIMEOUT_MS } from './courier.ts'

const OFFERS_PATH = '/v1/offers'
const OK = 200

export interface Answer {
  readonly status: number
  readonly body: Uint8Array
}

export interface Question {
  readonly method: 'GET' | 'POST'
  /** What follows the path of offers. */
  readonly path?: string
  /** While it is still being made, the connection is opened. */
  readonly body?: Promise<Uint8Array>
}

/**
 * Asks signaling, or a middleman for signaling's answer. A censor sees the host of the URL: in the look-up of the name, and in
 * the TLS handshake, whose certificate must be that host's. The `Host` inside says whom a middleman is to ask. `fetch` would
 * put that into the handshake as well, and takes tens of milliseconds to begin in a new process. Rejects with `unavailable`,
 * `too-large` or `aborted`, or as `body` does.
 */
export async function askSignaling(
  { url, host }: Middleman,
  { method, path = '', body }: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const target = new URL(`${url}${OFFERS_PATH}${path}`)
  const isSecure = target.protocol === 'https:'
  const deadline = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const asked = (isSecure ? requestHttps : requestHttp)(target, {
        method,
        headers: {
          host: host ?? target.host,
          'accept-encoding': 'identity',
          ...(body && { 'content-type': 'application/octet-stream' }),
        },
        ...(isSecure && { servername: serverName(target) }),
        signal: AbortSignal.any([signal, deadline]),
      })
      asked.on('error', reject)
      asked.on('response', (response) => {
        const chunks: Uint8Array[] = []
        let length = 0
        const body = decoded(response, reject)
        body.on('data', (chunk: Uint8Array) => {
          length += chunk.length
          if (length > MAX_SEALED_BYTES) {
            reject(new FootbridgeError('too-large', `an answer has at most ${MAX_SEALED_BYTES} bytes`))
            asked.destroy()
          }
          chunks.push(chunk)
        })
        body.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
      })
      if (body)
        body.then(
          (bytes) => asked.setHeader('content-length', bytes.length).end(bytes),
          (error: Error) => asked.destroy(error),
        )
      else asked.end()
    })
  } catch (error) {
    if (isFootbridgeError(error)) throw error
    if (signal.aborted) throw new FootbridgeError('aborted', 'the rendezvous was cancelled')
    // No `cause`: it names the server.
    throw new FootbridgeError('unavailable', 'the signaling server cannot be reached this way')
  }
}

/** What came, though something on the way may have compressed it unasked. */
function decoded(response: IncomingMessage, failed: (error: Error) => void): Readable {
  response.on('error', failed)
  if (!/^(?:gzip|deflate)$/.test(response.headers['content-encoding'] ?? '')) return response
  return response.pipe(createUnzip()).on('error', failed)
}

/** For the TLS handshake, which names no IP address (RFC 6066). */
function serverName({ hostname }: URL): string {
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : ''
}

/** The body of what a middleman answered. Throws `unavailable` if it has not passed the question on. */
export function passedOn({ status, body }: Answer): Uint8Array {
  if (status === OK) return body
  throw new FootbridgeError('unavailable', 'a middleman does not pass offers on')
}
