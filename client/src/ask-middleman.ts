import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { FootbridgeError, isFootbridgeError, MAX_SEALED_BYTES, type Middleman } from '@footbridge/shared'
import { ANSWER_TIMEOUT_MS } from './courier.ts'

const OFFERS_PATH = '/v1/offers'
const OK = 200

export interface Question {
  readonly method: 'GET' | 'POST'
  /** What follows the path of offers. */
  readonly path?: string
  readonly body?: Uint8Array
}

/**
 * Asks a middleman for signaling's answer. A censor sees the host of its URL: in the look-up of the name, and in the TLS
 * handshake, whose certificate must be that host's. The `Host` inside says whom the middleman is to ask. `fetch` would put
 * that into the handshake as well. Rejects with `unavailable`, `too-large` or `aborted`.
 */
export async function askMiddleman(
  { url, host }: Middleman,
  { method, path = '', body }: Question,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const target = new URL(`${url}${OFFERS_PATH}${path}`)
  const isSecure = target.protocol === 'https:'
  const deadline = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      const asked = (isSecure ? requestHttps : requestHttp)(target, {
        method,
        headers: {
          host: host ?? target.host,
          ...(body && { 'content-type': 'application/octet-stream', 'content-length': body.length }),
        },
        ...(isSecure && { servername: target.hostname }),
        signal: AbortSignal.any([signal, deadline]),
      })
      asked.on('error', reject)
      asked.on('response', (response) => {
        const chunks: Uint8Array[] = []
        let length = 0
        response.on('error', reject)
        response.on('data', (chunk: Uint8Array) => {
          length += chunk.length
          if (length > MAX_SEALED_BYTES) {
            reject(new FootbridgeError('too-large', `an answer has at most ${MAX_SEALED_BYTES} bytes`))
            asked.destroy()
          }
          chunks.push(chunk)
        })
        response.on('end', () => {
          if (response.statusCode === OK) resolve(Buffer.concat(chunks))
          else reject(new Error('not passed on'))
        })
      })
      asked.end(body)
    })
  } catch (error) {
    if (isFootbridgeError(error)) throw error
    if (signal.aborted) throw new FootbridgeError('aborted', 'the rendezvous was cancelled')
    // No `cause`: it names the middleman.
    throw new FootbridgeError('unavailable', 'a middleman cannot be reached, or does not pass offers on')
  }
}
