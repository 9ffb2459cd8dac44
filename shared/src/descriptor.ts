import { decodeBase64Url, decodeText, encodeBase64Url, encodeText } from './bytes.ts'
import { MAX_DESCRIPTOR_CHARS, PROTOCOL_VERSION } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { middlemenOf, type SealedWays } from './middlemen.ts'
import { KEY_BYTES } from './primitives.ts'

/** How to reach one egress, and the key that proves it is the one. */
export interface EgressDescriptor {
  /** Letters, digits, hyphens and underscores, at most 64. */
  readonly id: string
  /** HTTP origin. */
  readonly url: string
  /** X25519 static key, base64url. */
  readonly publicKey: string
}

/** All that a client or a bridge must know of a network: the one JSON document that its operator hands out. */
export interface NetworkDescriptor extends SealedWays {
  readonly version: number
  /** HTTP origins. */
  readonly signaling: readonly string[]
  readonly egresses: readonly EgressDescriptor[]
  /** `stun:host:port`. */
  readonly stun: readonly string[]
  /** Ed25519 key under which signaling signs tickets, base64url. */
  readonly ticketKey: string
  /** For networks on one machine or LAN: ICE candidates with private addresses are kept. */
  readonly allowPrivateCandidates?: boolean
}

/** Longest id of an egress. */
export const MAX_EGRESS_ID_CHARS = 64
/** Signaling servers in one descriptor. */
export const MAX_SIGNALING_ORIGINS = 16
const MAX_EGRESSES = 64
const MAX_STUN_SERVERS = 16
/** Longest text in a descriptor: a URL of scheme, host name (253) and port. */
const MAX_TEXT_CHARS = 300

const LINK_PREFIX = 'footbridge:'
const MAX_LINK_CHARS = LINK_PREFIX.length + Math.ceil((MAX_DESCRIPTOR_CHARS * 4) / 3)

const EGRESS_ID = new RegExp(`^[A-Za-z0-9_-]{1,${MAX_EGRESS_ID_CHARS}}$`)
const STUN_URL = /^stun:(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})$/

/** The descriptor in a JSON text. Throws `too-large` or `malformed`. */
export function parseDescriptor(text: string): NetworkDescriptor {
  return validateDescriptor(parseJson(text))
}

/**
 * What a bridge needs of the descriptor in a JSON text: how clients come to signaling through others is left out, and so is
 * what reads that, of a browser's bundle. Throws `too-large` or `malformed`.
 */
export function parseBridgeDescriptor(text: string): NetworkDescriptor {
  return readDescriptor(parseJson(text), () => ({}))
}

function parseJson(text: string): unknown {
  if (text.length > MAX_DESCRIPTOR_CHARS) {
    throw tooLarge(`has more than ${MAX_DESCRIPTOR_CHARS} characters`)
  }
  try {
    return JSON.parse(text)
  } catch {
    // No `cause`: it would quote the text, host names included.
    throw malformed('is not JSON')
  }
}

/** The descriptor that a `footbridge:` link carries. Throws `too-large` or `malformed`. */
export function parseNetworkLink(link: string): NetworkDescriptor {
  if (link.length > MAX_LINK_CHARS) {
    throw new FootbridgeError('too-large', `a network link has at most ${MAX_LINK_CHARS} characters`)
  }
  if (!link.startsWith(LINK_PREFIX)) {
    throw new FootbridgeError('malformed', `a network link starts with ${LINK_PREFIX}`)
  }
  return parseDescriptor(decodeText(decodeBase64Url(link.slice(LINK_PREFIX.length))))
}

/** One line of text that carries `descriptor` whole. */
export function formatNetworkLink(descriptor: NetworkDescriptor): string {
  return LINK_PREFIX + encodeBase64Url(encodeText(JSON.stringify(descriptor)))
}

/**
 * Checks that `value` is a descriptor. Gives it back with URLs in the form that `URL.origin` has, so that they
 * compare as text, and without members that this version does not know. Throws `too-large` or `malformed`.
 */
export function validateDescriptor(value: unknown): NetworkDescriptor {
  return readDescriptor(value, middlemenOf)
}

function readDescriptor(value: unknown, readMiddlemen: typeof middlemenOf): NetworkDescriptor {
  const members = record(value, 'is not a JSON object')
  const { version, allowPrivateCandidates } = members
  // Before the rest, which another version may lay out differently.
  if (version !== PROTOCOL_VERSION) {
    throw malformed(
      `has no version that this program knows (${PROTOCOL_VERSION}): get a newer program, or a descriptor made for this one`,
    )
  }
  if (allowPrivateCandidates !== undefined && typeof allowPrivateCandidates !== 'boolean') {
    throw malformed('has an allowPrivateCandidates that is neither true nor false')
  }
  const signaling = list(members.signaling, 'signaling', 1, MAX_SIGNALING_ORIGINS)
  const egresses = list(members.egresses, 'egresses', 1, MAX_EGRESSES).map(egress)
  if (new Set(egresses.map(({ id }) => id)).size < egresses.length) {
    throw malformed('has two egresses with the same id')
  }
  return {
    version,
    signaling: signaling.map((url, at) => origin(url, `signaling[${at}]`)),
    egresses,
    stun: list(members.stun, 'stun', 0, MAX_STUN_SERVERS).map((url, at) => stunUrl(url, `stun[${at}]`)),
    ticketKey: key(members.ticketKey, 'ticketKey'),
    ...readMiddlemen(members),
    ...(allowPrivateCandidates === undefined ? {} : { allowPrivateCandidates }),
  }
}

/** Checks that `value` is what an egress says of itself (`GET /v1/egress`). Throws `too-large` or `malformed`. */
export function validateEgressDescriptor(value: unknown): EgressDescriptor {
  return egress(value, 0)
}

function egress(value: unknown, at: number): EgressDescriptor {
  const where = `egresses[${at}]`
  const { id, url, publicKey } = record(value, `needs an object as ${where}`)
  if (typeof id !== 'string' || !EGRESS_ID.test(id)) {
    throw malformed(
      `needs 1 to ${MAX_EGRESS_ID_CHARS} letters, digits, hyphens or underscores as ${where}.id`,
    )
  }
  return { id, url: origin(url, `${where}.url`), publicKey: key(publicKey, `${where}.publicKey`) }
}

function origin(value: unknown, where: string): string {
  const text = boundedText(value, where)
  const url = URL.canParse(text) ? new URL(text) : undefined
  // A path, query, fragment or credentials would all show in `href`.
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw malformed(`needs an http or https URL of scheme, host and port alone as ${where}`)
  }
  return url.origin
}

function stunUrl(value: unknown, where: string): string {
  const text = boundedText(value, where)
  const port = Number(STUN_URL.exec(text)?.[1])
  if (!(port >= 1 && port <= 65_535)) throw malformed(`needs stun:host:port as ${where}`)
  return text
}

function key(value: unknown, where: string): string {
  const text = boundedText(value, where)
  if (!isKey(text)) throw malformed(`needs ${KEY_BYTES} bytes in base64url as ${where}`)
  return text
}

function isKey(text: string): boolean {
  try {
    return decodeBase64Url(text).length === KEY_BYTES
  } catch {
    return false
  }
}

function boundedText(value: unknown, where: string): string {
  if (typeof value !== 'string') throw malformed(`needs text as ${where}`)
  if (value.length > MAX_TEXT_CHARS) throw tooLarge(`has more than ${MAX_TEXT_CHARS} characters in ${where}`)
  return value
}

function list(value: unknown, where: string, least: number, most: number): unknown[] {
  if (!Array.isArray(value)) throw malformed(`needs a list as ${where}`)
  if (value.length > most) throw tooLarge(`has more than ${most} entries in ${where}`)
  if (value.length < least) throw malformed(`needs at least ${least} entry in ${where}`)
  return value
}

function record(value: unknown, problem: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw malformed(problem)
  return value as Record<string, unknown>
}

function malformed(problem: string): FootbridgeError {
  return new FootbridgeError('malformed', `the network descriptor ${problem}`)
}

function tooLarge(problem: string): FootbridgeError {
  return new FootbridgeError('too-large', `the network descriptor ${problem}`)
}
