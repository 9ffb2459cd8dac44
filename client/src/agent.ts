import { Agent, type ClientRequestArgs } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { CONNECT_TIMEOUT_MS, type Dial, dialUnlessAborted, type TlsOptions } from './dial.ts'

const HTTP_PORT = 80
const HTTPS_PORT = 443

/** An agent for `http.request` and `https.request` alike whose connections come from `dial`, one for each request. */
export function createAgent(dial: Dial, tls: TlsOptions = {}): Agent {
  return new DialAgent(dial, tls)
}

type ConnectionCallback = (error: Error | null, stream: Duplex) => void

class DialAgent extends Agent {
  /** Node compares it with the request's; without one it takes both `http:` and `https:`. */
  readonly protocol: string | undefined = undefined
  readonly #dial: Dial
  readonly #tls: TlsOptions

  constructor(dial: Dial, tls: TlsOptions) {
    super()
    this.#dial = dial
    this.#tls = tls
  }

  override createConnection(options: ClientRequestArgs, callback: ConnectionCallback): undefined {
    this.#connect(options).then(
      (stream) => callback(null, stream),
      (error) => (callback as (error: Error) => void)(error),
    )
  }

  async #connect(options: ClientRequestArgs): Promise<Duplex> {
    const host = options.host ?? 'localhost'
    const encrypted = options._defaultAgent instanceof HttpsAgent
    // Node fills in port 80 for an agent that is not an `https.Agent`, so 80 is what no port looks like.
    const port = Number(options.port)
    const target = { host, port: encrypted && port === HTTP_PORT ? HTTPS_PORT : port }
    const stream = await dialUnlessAborted(this.#dial, target, AbortSignal.timeout(CONNECT_TIMEOUT_MS))
    if (!encrypted) return stream
    // The request's own TLS options (`servername`, `ca`, a client certificate) come with `options`.
    const secure = connectTls({ ...this.#tls, ...(options as ConnectionOptions), socket: stream })
    // The pipe may fail before the request listens, and an unheard error would end the program.
    return secure.on('error', () => {})
  }
}
