import { decodeBase64Url, decodeText, encodeBase64Url, encodeText } from './bytes.ts'
import { MAX_DESCRIPTOR_CHARS, PROTOCOL_VERSION } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { middlemenOf, type SealedWays } from './middlemen.ts'
import { KEY_BYTES, SIGNATURE_BYTES } from './primitives.ts'

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
  /** HTTP origins of bridges that clients reach by WebSocket, where UDP does not pass. */
  readonly standing?: readonly string[]
  /** Ed25519 key of the network, base64url, under which `signature` was made. With it come the three members below. */
  readonly networkKey?: string
  /** Rises with each descriptor of the network. */
  readonly sequence?: number
  /** Milliseconds since 1970. */
  readonly expiresAt?: number
  /** Over all other members, base64url. */
  readonly signature?: string
}

/** Longest id of an egress. */
export const MAX_EGRESS_ID_CHARS = 64
/** Signaling servers in one descriptor. */
export const MAX_SIGNALING_ORIGINS = 16
const MAX_EGRESSES = 64
const MAX_STUN_SERVERS = 16
/** Standing bridges in one descriptor. */
export const MAX_STANDING_BRIDGES = 16
/** What makes a descriptor a signed one: all of them, or none. */
const SIGNED_MEMBERS = ['networkKey', 'sequence', 'expiresAt', 'signature'] as const
/** Longest text in a descriptor: a URL of scheme, host name (253) and port. */
const MAX_TEXT_CHARS = 300

const LINK_PREFIX = 'footbridge:'
const MAX_LINK_CHARS = LINK_PREFIX.length + Math.ceil((MAX_DESCRIPTOR_CHARS * 4) / 3)

const EGRESS_ID = new RegExp(`^[A-Za-z0-9_-]{1,${MAX_EGRESS_ID_CHARS}}$`)
const STUN_URL = /^stun:(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})$/

/** The descriptor in a JSON text. Throws `too-large`, `malformed`, or `protocol` for one of another version. */
export function parseDescriptor(text: string): NetworkDescriptor {
  return validateDescriptor(parseJson(text))
}

/** The same for a bridge. */
export function parseBridgeDescriptor(text: string): BridgeDescriptor {
  return validateBridgeDescriptor(parseJson(text))
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

/** The descriptor that a `footbridge:` link carries. Throws like {@link parseDescriptor}. */
export function parseNetworkLink(link: string): NetworkDescriptor {
  if (link.length > MAX_LINK_CHARS) {
    throw new FootbridgeError('too-large', `a network link has at most ${MAX_LINK_CHARS} characters`)
  }
  if (!link.startsWith(LINK_PREFIX)) {
    throw new FootbridgeError('malformed', `a network link starts with ${LINK_PREFIX}`)
  }
  return parseDescriptor(decodeLink(link.slice(LINK_PREFIX.length)))
}

/** The JSON text in a link. A part of one is no JSON, whatever else it is. */
function decodeLink(encoded: string): string {
  try {
    const text = decodeText(decodeBase64Url(encoded))
    JSON.parse(text)
    return text
  } catch {
    throw new FootbridgeError('malformed', 'the link is damaged: copy it whole, or ask for it once more')
  }
}

/** One line of text that carries `descriptor` whole. */
export function formatNetworkLink(descriptor: NetworkDescriptor): string {
  return LINK_PREFIX + encodeBase64Url(encodeText(JSON.stringify(descriptor)))
}

/**
 * Checks that `value` is a descriptor, not that its signature is good. Gives it back with URLs in the form that
 * `URL.origin` has, so that they compare as text, and with members that this version does not know, which a signature
 * covers as well. Throws `too-large`, `malformed`, or `protocol` for one of another version.
 */
export function validateDescriptor(value: unknown): NetworkDescriptor {
  const core = validateBridgeDescriptor(value)
  const members = value as Readonly<Record<string, unknown>>
  const isSigned = SIGNED_MEMBERS.some((name) => members[name] !== undefined)
  if (isSigned && SIGNED_MEMBERS.some((name) => members[name] === undefined)) {
    throw malformed(`needs ${SIGNED_MEMBERS.join(', ')} if it has one of them`)
  }
  return {
    ...members,
    ...core,
    egresses: core.egresses.map((egress, at) => ({ ...(members.egresses as object[])[at], ...egress })),
    ...middlemenOf(members),
    ...optional(members, 'standing', origins(MAX_STANDING_BRIDGES)),
    ...optional(members, 'networkKey', key),
    ...optional(members, 'sequence', count),
    ...optional(members, 'expiresAt', count),
    ...optional(members, 'signature', signature),
  }
}

/** What of a descriptor a bridge in a browser needs, where each byte of code counts. Checked alike; nothing else is kept. */
export type BridgeDescriptor = Pick<
  NetworkDescriptor,
  'version' | 'signaling' | 'egresses' | 'stun' | 'ticketKey' | 'allowPrivateCandidates'
>

/** Throws like {@link validateDescriptor}. */
function validateBridgeDescriptor(value: unknown): BridgeDescriptor {
  const members = record(value, 'is not a JSON object')
  const { version, allowPrivateCandidates } = members
  // Before the rest, which another version may lay out differently.
  if (version !== PROTOCOL_VERSION) {
    throw new FootbridgeError(
      typeof version === 'number' ? 'protocol' : 'malformed',
      `the network descriptor has no version that this program knows (${PROTOCOL_VERSION}): get a newer program, or a descriptor made for this one`,
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

/** The member `name` as `read` takes it; nothing if it is absent. */
function optional<Name extends string, T>(
  members: Readonly<Record<string, unknown>>,
  name: Name,
  read: (value: unknown, where: string) => T,
): { readonly [N in Name]?: T } {
  if (members[name] === undefined) return {}
  return { [name]: read(members[name], name) } as { readonly [N in Name]: T }
}

function count(value: unknown, where: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw malformed(`needs a whole number as ${where}`)
  return value as number
}

function origins(most: number): (value: unknown, where: string) => string[] {
  return (value, where) => list(value, where, 0, most).map((url, at) => origin(url, `${where}[${at}]`))
}

function signature(value: unknown, where: string): string {
  return bytes(value, where, SIGNATURE_BYTES)
}

function key(value: unknown, where: string): string {
  return bytes(value, where, KEY_BYTES)
}

function bytes(value: unknown, where: string, length: number): string {
  const text = boundedText(value, where)
  if (!isBytes(text, length)) throw malformed(`needs ${length} bytes in base64url as ${where}`)
  return text
}

function isBytes(text: string, length: number): boolean {
  try {
    return decodeBase64Url(text).length === length
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
