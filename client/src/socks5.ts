import { checkTarget, concat, FootbridgeError, parseIpAddress, type Target } from '@footbridge/shared'

/** SOCKS version 5 (RFC 1928) with its login (RFC 1929), the server's side, without I/O. */

export const SOCKS5_VERSION = 5

export const Method = { none: 0x00, password: 0x02, noneAcceptable: 0xff } as const
export type Method = (typeof Method)[keyof typeof Method]

export const Command = { connect: 1, udpAssociate: 3 } as const

export const Reply = {
  succeeded: 0,
  generalFailure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  connectionRefused: 5,
  timedOut: 6,
  commandNotSupported: 7,
  addressTypeNotSupported: 8,
} as const
export type Reply = (typeof Reply)[keyof typeof Reply]

const AddressType = { ipv4: 1, domain: 3, ipv6: 4 } as const

/** The login has a version of its own. */
const LOGIN_VERSION = 1

/** A message read from the start of some bytes. */
export interface Parsed<T> {
  readonly message: T
  /** Bytes that the message took. */
  readonly length: number
}

interface Request {
  readonly command: number
  /** `undefined` for an address type that RFC 1928 does not have; what follows it cannot be read then. */
  readonly target: Target | undefined
}

/** The methods that the app offers; `undefined` when bytes are missing still. Throws `malformed`. */
export function parseGreeting(bytes: Uint8Array): Parsed<Uint8Array> | undefined {
  checkVersion(bytes)
  const count = bytes[1]
  if (count === undefined || bytes.length < 2 + count) return undefined
  return { message: bytes.subarray(2, 2 + count), length: 2 + count }
}

/** The password of a login, whose user name counts for nothing; `undefined` when bytes are missing still. Throws `malformed`. */
export function parseLogin(bytes: Uint8Array): Parsed<Uint8Array> | undefined {
  if (bytes[0] !== undefined && bytes[0] !== LOGIN_VERSION)
    throw malformed('the version of its login is not 1')
  const nameLength = bytes[1]
  if (nameLength === undefined) return undefined
  const start = 3 + nameLength
  const passwordLength = bytes[start - 1]
  if (passwordLength === undefined || bytes.length < start + passwordLength) return undefined
  const length = start + passwordLength
  return { message: bytes.subarray(start, length), length }
}

/** What the app asks for; `undefined` when bytes are missing still. Throws `malformed`. */
export function parseRequest(bytes: Uint8Array): Parsed<Request> | undefined {
  checkVersion(bytes)
  const [, command, reserved, addressType] = bytes
  if (reserved !== undefined && reserved !== 0) throw malformed('its reserved byte is not 0')
  if (command === undefined || addressType === undefined) return undefined
  const address = readAddress(bytes)
  if (address === 'unknown') return { message: { command, target: undefined }, length: 4 }
  if (address === undefined) return undefined
  // UDP ASSOCIATE names where the app will send from, if it knows: zeros otherwise.
  const target = command === Command.udpAssociate ? address.target : checkTarget(address.target)
  return { message: { command, target }, length: address.end }
}

/**
 * The address and port that stand behind three bytes, and where they end; `unknown` for an address type that RFC 1928 does
 * not have, `undefined` when bytes are missing.
 */
export function readAddress(
  bytes: Uint8Array,
): { readonly target: Target; readonly end: number } | 'unknown' | undefined {
  const addressType = bytes[3]
  if (addressType === undefined) return undefined
  const address = findAddress(bytes, addressType)
  if (address === undefined || address === 'unknown') return address
  const { start, end } = address
  if (bytes.length < end + 2) return undefined
  const host = formatHost(addressType, bytes.subarray(start, end))
  const port = ((bytes[end] ?? 0) << 8) | (bytes[end + 1] ?? 0)
  return { target: { host, port }, end: end + 2 }
}

/** An address and a port, with the address type before them. */
export function encodeAddress({ host, port }: Target): Uint8Array {
  const address = parseIpAddress(host)
  const bytes = address ?? concat(Uint8Array.of(host.length), new TextEncoder().encode(host))
  const type =
    address === undefined ? AddressType.domain : address.length === 4 ? AddressType.ipv4 : AddressType.ipv6
  return concat(Uint8Array.of(type), bytes, Uint8Array.of(port >> 8, port & 0xff))
}

export function encodeMethod(method: Method): Uint8Array {
  return Uint8Array.of(SOCKS5_VERSION, method)
}

export function encodeLoginReply(admitted: boolean): Uint8Array {
  return Uint8Array.of(LOGIN_VERSION, admitted ? 0 : 1)
}

/** A reply. Without a bound address for CONNECT: there is none on this side of the bridge. */
export function encodeReply(reply: Reply, bound: Target = { host: '0.0.0.0', port: 0 }): Uint8Array {
  return concat(Uint8Array.of(SOCKS5_VERSION, reply, 0), encodeAddress(bound))
}

function checkVersion(bytes: Uint8Array): void {
  if (bytes[0] !== undefined && bytes[0] !== SOCKS5_VERSION) throw malformed('its version is not 5')
}

function findAddress(
  bytes: Uint8Array,
  addressType: number,
): { start: number; end: number } | 'unknown' | undefined {
  switch (addressType) {
    case AddressType.ipv4:
      return { start: 4, end: 8 }
    case AddressType.ipv6:
      return { start: 4, end: 20 }
    case AddressType.domain: {
      const length = bytes[4]
      return length === undefined ? undefined : { start: 5, end: 5 + length }
    }
    default:
      return 'unknown'
  }
}

function formatHost(addressType: number, address: Uint8Array): string {
  switch (addressType) {
    case AddressType.ipv4:
      return address.join('.')
    case AddressType.ipv6:
      return formatIpv6(address)
    default:
      // Whoever uses it refuses what is not ASCII.
      return String.fromCharCode(...address)
  }
}

function formatIpv6(address: Uint8Array): string {
  const groups: string[] = []
  for (let at = 0; at < address.length; at += 2) {
    groups.push((((address[at] ?? 0) << 8) | (address[at + 1] ?? 0)).toString(16))
  }
  return groups.join(':')
}

function malformed(why: string): FootbridgeError {
  return new FootbridgeError('malformed', `a SOCKS message is malformed: ${why}`)
}
