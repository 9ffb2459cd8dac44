import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** Why a server did not answer. */
export type NoAnswer =
  | 'no-name' // its name does not exist, says DNS
  | 'no-dns' // DNS itself does not answer
  | 'no-route' // this machine has no way to it
  | 'refused' // nothing listens there, or something in between says so
  | 'cut' // the connection was opened and then cut
  | 'silent' // nothing came back in time
  | 'other'

export type ServerAnswer =
  | {
      readonly type: 'answered'
      /** What time the server has, in milliseconds since 1970; `undefined` if it does not say. */
      readonly wallMs: number | undefined
      /** Its certificate holds. One that a wrong clock makes look expired does not. */
      readonly isAuthentic: boolean
    }
  | { readonly type: 'failed'; readonly why: NoAnswer }

/** Long for a connection with TLS, short for a person who waits. */
const ANSWER_TIMEOUT_MS = 3_000

const WHY: Readonly<Record<string, NoAnswer>> = {
  ENOTFOUND: 'no-name',
  EAI_AGAIN: 'no-dns',
  ENETUNREACH: 'no-route',
  ENETDOWN: 'no-route',
  EHOSTUNREACH: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'cut',
  EPIPE: 'cut',
  ETIMEDOUT: 'silent',
}

/**
 * Whether the server at `origin` answers, and what time it has. Says nothing to it and trusts nothing that it says: so it
 * does not insist on the certificate, which a clock that is wrong would make fail.
 */
export async function askServer(origin: string, signal: AbortSignal): Promise<ServerAnswer> {
  const url = new URL('/healthz', origin)
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
  return await new Promise((resolve) => {
    const asked = request(
      url,
      { method: 'HEAD', agent: false, rejectUnauthorized: false, signal: deadline },
      (response) => {
        const wallMs = Date.parse(response.headers.date ?? '')
        const { authorized = true } = response.socket as { authorized?: boolean }
        response.destroy()
        resolve({
          type: 'answered',
          wallMs: Number.isNaN(wallMs) ? undefined : wallMs,
          isAuthentic: authorized,
        })
      },
    )
    asked.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ type: 'failed', why: deadline.aborted ? 'silent' : whyOf(error) })
    })
    asked.end()
  })
}

/** A name with several addresses fails with an error for each. */
function whyOf(error: NodeJS.ErrnoException): NoAnswer {
  const code = error.code ?? (error as { errors?: NodeJS.ErrnoException[] }).errors?.[0]?.code ?? ''
  return WHY[code] ?? 'other'
}
