import { createHmac, randomBytes } from 'node:crypto'
import { type Clock, FootbridgeError, MAX_TURN_URLS, type TurnServer } from '@footbridge/shared'

/** The TURN servers of a network. They share one secret with this server, as coturn's `use-auth-secret` has it. */
export interface TurnOptions {
  /** `turn:host:port?transport=udp` and the like. */
  readonly urls: readonly string[]
  readonly secret: string
}

/** Time in which a relay can be had. One that was given out is kept by its TURN server for as long as it is used. */
const CREDENTIAL_LIFETIME_S = 600
/** Enough that no two are alike. It names nobody: TURN servers write it in their logs. */
const NAME_BYTES = 9

const TURN_URL =
  /^turns?:(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{1,45}\])(?::([1-9]\d{0,4}))?(?:\?transport=(?:udp|tcp))?$/

/** Throws `usage` for servers that cannot be, or too many. */
export function checkTurn({ urls, secret }: TurnOptions): TurnOptions {
  if (urls.length > MAX_TURN_URLS) throw usage(`--turn is given ${MAX_TURN_URLS} times at most`)
  for (const url of urls) {
    const port = TURN_URL.exec(url)?.[1]
    if (!TURN_URL.test(url) || Number(port ?? 1) > 65_535) {
      throw usage('--turn takes a URL such as turn:turn.example:3478?transport=udp')
    }
  }
  if (secret === '')
    throw usage('the file of --turn-secret is empty: write the secret of the TURN server there')
  return { urls, secret }
}

/**
 * Gives out what opens a relay for a short time, new each time: the expiry as user name, and its HMAC with the secret as
 * password ("A REST API For Access To TURN Services", draft-uberti-behave-turn-rest-00).
 */
export function turnIssuer({ urls, secret }: TurnOptions, clock: Clock): () => TurnServer {
  return () => {
    const expiresAt = Math.floor(clock.wallNow() / 1_000) + CREDENTIAL_LIFETIME_S
    const username = `${expiresAt}:${randomBytes(NAME_BYTES).toString('base64url')}`
    return { urls, username, credential: createHmac('sha1', secret).update(username).digest('base64') }
  }
}

function usage(message: string): FootbridgeError {
  return new FootbridgeError('usage', message)
}
