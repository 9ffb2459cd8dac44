import { decodeBase64Url } from './bytes.ts'
import { FootbridgeError } from './errors.ts'
import { KEY_BYTES } from './primitives.ts'

/** Where to find something that passes requests on to signaling: a front that does so, or a cache that asks it. */
export interface Middleman {
  /** HTTP URL that `/v1/offers` is put after. Its host is what a censor sees, in the TLS handshake too. */
  readonly url: string
  /** The `Host` to ask it for, if another. */
  readonly host?: string
}

/** Whom a network's signaling can be reached through. Each sees sealed offers only, and whom they come from. */
export interface Middlemen {
  /** They pass POST on. */
  readonly fronts?: readonly Middleman[]
  /** They pass GET on. */
  readonly caches?: readonly Middleman[]
  /** Public relays where signaling listens: `wss:` (Nostr) and `mqtts:` URLs. */
  readonly mailboxes?: readonly string[]
}

/** What a client needs for any of them. */
export interface SealedWays extends Middlemen {
  /** X25519 key that offers are sealed to, base64url. With it none goes unsealed through anybody's hands. */
  readonly signalingKey?: string
}

/** Entries of each list. */
export const MAX_MIDDLEMEN = 8
const MAX_URL_CHARS = 300
const HTTP = /^https?:$/
const MAILBOX = /^(?:wss?|mqtts?):$/
const HOST = /^[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?$/

/** Those in a descriptor's members, which are not yet known to be any. Throws `malformed` or `too-large`. */
export function middlemenOf(members: Readonly<Record<string, unknown>>): SealedWays {
  const { signalingKey } = members
  if (signalingKey !== undefined && !isKey(signalingKey)) {
    throw wrong('malformed', `needs ${KEY_BYTES} bytes in base64url as signalingKey`)
  }
  const fronts = listOf(members, 'fronts', middleman)
  const caches = listOf(members, 'caches', middleman)
  const mailboxes = listOf(members, 'mailboxes', (value) => url(value, MAILBOX))
  return {
    ...(signalingKey !== undefined && { signalingKey }),
    ...(fronts && { fronts }),
    ...(caches && { caches }),
    ...(mailboxes && { mailboxes }),
  }
}

function listOf<T>(
  members: Readonly<Record<string, unknown>>,
  name: keyof Middlemen,
  read: (value: unknown) => T | undefined,
): readonly T[] | undefined {
  const values = members[name]
  if (values === undefined) return undefined
  if (!Array.isArray(values)) throw wrong('malformed', `needs a list as ${name}`)
  if (values.length > MAX_MIDDLEMEN) {
    throw wrong('too-large', `has more than ${MAX_MIDDLEMEN} entries in ${name}`)
  }
  // What goes to a middleman has to be sealed.
  if (members.signalingKey === undefined) throw wrong('malformed', `needs a signalingKey for its ${name}`)
  return values.map((value, at) => {
    const item = read(value)
    if (item === undefined) throw wrong('malformed', `needs a URL and perhaps a host as ${name}[${at}]`)
    return item
  })
}

function middleman(value: unknown): Middleman | undefined {
  const { url: text, host } = Object(value) as Record<string, unknown>
  const known = url(text, HTTP)
  if (known === undefined || host === undefined) return known === undefined ? undefined : { url: known }
  return typeof host === 'string' && HOST.test(host) ? { url: known, host } : undefined
}

/** Without a slash at its end, credentials, query or fragment. */
function url(value: unknown, protocol: RegExp): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_URL_CHARS || !URL.canParse(value)) return undefined
  const { protocol: scheme, username, password, search, hash, host, href } = new URL(value)
  const extras = username + password + search + hash
  return protocol.test(scheme) && host !== '' && extras === '' ? href.replace(/\/$/, '') : undefined
}

function isKey(value: unknown): value is string {
  try {
    return typeof value === 'string' && decodeBase64Url(value).length === KEY_BYTES
  } catch {
    return false
  }
}

function wrong(code: 'malformed' | 'too-large', problem: string): FootbridgeError {
  return new FootbridgeError(code, `the network descriptor ${problem}`)
}
