import type { Socket } from 'node:net'
import { isFootbridgeError } from '@footbridge/shared'
import {
  Agent,
  buildConnector,
  type Dispatcher,
  fetch as fetchWith,
  type RequestInfo,
  type RequestInit,
  type Response,
} from 'undici'
import { CONNECT_TIMEOUT_MS, type Dial, dialUnlessAborted, type TlsOptions } from './dial.ts'

export type Fetch = (input: RequestInfo, init?: RequestInit) => Promise<Response>

/** An undici dispatcher whose connections come from `dial`. TLS ends at the origin, whose certificate is verified. */
export function createDispatcher(dial: Dial, tls: TlsOptions = {}): Agent {
  // undici's own connector does TLS over a socket that it is given, and resumes TLS sessions.
  const secure = buildConnector({ ...tls, timeout: CONNECT_TIMEOUT_MS })
  return new Agent({
    connect: (options, callback) => {
      const { hostname, protocol, port } = options
      const encrypted = protocol === 'https:'
      const target = { host: hostname, port: Number(port) || (encrypted ? 443 : 80) }
      dialUnlessAborted(dial, target, AbortSignal.timeout(CONNECT_TIMEOUT_MS)).then(
        (stream) => {
          const socket = stream as Socket
          if (encrypted) secure({ ...options, httpSocket: socket }, callback)
          else callback(null, socket)
        },
        (error) => callback(error, null),
      )
    },
  })
}

/**
 * `fetch` over the connections of `dispatcher`, which its owner closes. Rejects with the dial's own error if a dial failed,
 * else with the `TypeError` of `fetch`.
 */
export function createFetch(dispatcher: Dispatcher): Fetch {
  return async (input, init) => {
    try {
      return await fetchWith(input, { dispatcher, ...init })
    } catch (error) {
      throw error instanceof Error && isFootbridgeError(error.cause) ? error.cause : error
    }
  }
}
