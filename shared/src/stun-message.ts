import { type IpAddress, parseIpAddress } from './ip-address.ts'

/*
 * STUN (RFC 8489), as far as it takes to ask how one is seen and to answer that, with the attributes of RFC 5780 that
 * tell how a NAT treats what is sent and heard through it. Whatever is not well-formed reads as `undefined`.
 */

/** Where a datagram came from or goes to. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

export interface BindingRequest {
  /** 12 bytes that the answer repeats. */
  readonly transaction: Uint8Array
  /** Present if the request asks, by CHANGE-REQUEST, from where the answer is to come. */
  readonly change?: { readonly address: boolean; readonly port: boolean }
  /** Attributes that the asker wants understood, and that are not: the answer is an error that lists them. */
  readonly unknown: readonly number[]
}

export interface BindingResponse {
  readonly transaction: Uint8Array
  /** As whom the server sees the asker. */
  readonly mapped: Endpoint
  /** From where the answer was sent. */
  readonly origin?: Endpoint | undefined
  /** From where it would come if another port were asked for. Its address may be the unspecified one: the same host. */
  readonly other?: Endpoint | undefined
}

export const STUN_TRANSACTION_BYTES = 12
/** Longest request that is read. RFC 8489 wants requests to fit any path, and none that is of use here is near. */
export const MAX_STUN_REQUEST_BYTES = 548

export const STUN_CHANGE_REQUEST = 0x0003

const HEADER_BYTES = 20
const ATTRIBUTE_HEADER_BYTES = 4
const MAGIC_COOKIE = 0x2112a442

const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const BINDING_ERROR = 0x0111

const ERROR_CODE = 0x0009
const UNKNOWN_ATTRIBUTES = 0x000a
const XOR_MAPPED_ADDRESS = 0x0020
const RESPONSE_ORIGIN = 0x802b
const OTHER_ADDRESS = 0x802c
/** From here up, attributes may be ignored. */
const FIRST_OPTIONAL = 0x8000

const CHANGE_ADDRESS_FLAG = 0x04
const CHANGE_PORT_FLAG = 0x02
const CHANGE_REQUEST_BYTES = 4

const IPV4_FAMILY = 0x01
const IPV6_FAMILY = 0x02
const IPV4_BYTES = 4
const IPV6_BYTES = 16

export function encodeBindingRequest({ transaction, change }: Omit<BindingRequest, 'unknown'>): Uint8Array {
  if (change === undefined) return encodeMessage(BINDING_REQUEST, transaction, [])
  const flags = (change.address ? CHANGE_ADDRESS_FLAG : 0) | (change.port ? CHANGE_PORT_FLAG : 0)
  return encodeMessage(BINDING_REQUEST, transaction, [[STUN_CHANGE_REQUEST, Uint8Array.of(0, 0, 0, flags)]])
}

export function parseBindingRequest(bytes: Uint8Array): BindingRequest | undefined {
  if (bytes.length > MAX_STUN_REQUEST_BYTES) return undefined
  const message = parseMessage(bytes)
  if (message?.type !== BINDING_REQUEST) return undefined
  const { transaction, attributes } = message
  const changing = attributes.get(STUN_CHANGE_REQUEST)
  if (changing && changing.length !== CHANGE_REQUEST_BYTES) return undefined
  const flags = changing?.[CHANGE_REQUEST_BYTES - 1] ?? 0
  return {
    transaction,
    ...(changing && {
      change: { address: (flags & CHANGE_ADDRESS_FLAG) !== 0, port: (flags & CHANGE_PORT_FLAG) !== 0 },
    }),
    unknown: [...attributes.keys()].filter((type) => type < FIRST_OPTIONAL && type !== STUN_CHANGE_REQUEST),
  }
}

/** `undefined` if an endpoint's address is not an IP address. */
export function encodeBindingResponse(response: BindingResponse): Uint8Array | undefined {
  const { transaction, mapped, origin, other } = response
  const attributes: Attribute[] = []
  const add = (type: number, endpoint: Endpoint, mask?: Uint8Array): boolean => {
    const value = encodeEndpoint(endpoint, mask)
    if (value) attributes.push([type, value])
    return value !== undefined
  }
  const complete =
    add(XOR_MAPPED_ADDRESS, mapped, maskOf(transaction)) &&
    (origin === undefined || add(RESPONSE_ORIGIN, origin)) &&
    (other === undefined || add(OTHER_ADDRESS, other))
  return complete ? encodeMessage(BINDING_SUCCESS, transaction, attributes) : undefined
}

export function parseBindingResponse(bytes: Uint8Array): BindingResponse | undefined {
  const message = parseMessage(bytes)
  if (message?.type !== BINDING_SUCCESS) return undefined
  const { transaction, attributes } = message
  const mapped = decodeEndpoint(attributes.get(XOR_MAPPED_ADDRESS), maskOf(transaction))
  if (mapped === undefined) return undefined
  return {
    transaction,
    mapped,
    origin: decodeEndpoint(attributes.get(RESPONSE_ORIGIN)),
    other: decodeEndpoint(attributes.get(OTHER_ADDRESS)),
  }
}

/** The answer to a request with attributes that it wants understood: 420 (Unknown Attribute). */
export function encodeUnknownAttributes(transaction: Uint8Array, unknown: readonly number[]): Uint8Array {
  return encodeMessage(BINDING_ERROR, transaction, [
    [ERROR_CODE, Uint8Array.of(0, 0, 4, 20)],
    [UNKNOWN_ATTRIBUTES, Uint8Array.from(unknown.flatMap((type) => [type >> 8, type & 0xff]))],
  ])
}

type Attribute = readonly [type: number, value: Uint8Array]

interface Message {
  readonly type: number
  readonly transaction: Uint8Array
  /** Of several of one type the first counts. */
  readonly attributes: ReadonlyMap<number, Uint8Array>
}

function encodeMessage(type: number, transaction: Uint8Array, attributes: readonly Attribute[]): Uint8Array {
  const length = attributes.reduce((sum, [, value]) => sum + ATTRIBUTE_HEADER_BYTES + padded(value.length), 0)
  const bytes = new Uint8Array(HEADER_BYTES + length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, type)
  view.setUint16(2, length)
  view.setUint32(4, MAGIC_COOKIE)
  bytes.set(transaction, 8)
  let at = HEADER_BYTES
  for (const [type, value] of attributes) {
    view.setUint16(at, type)
    view.setUint16(at + 2, value.length)
    bytes.set(value, at + ATTRIBUTE_HEADER_BYTES)
    at += ATTRIBUTE_HEADER_BYTES + padded(value.length)
  }
  return bytes
}

function parseMessage(bytes: Uint8Array): Message | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(4) !== MAGIC_COOKIE || view.getUint16(2) !== bytes.length - HEADER_BYTES)
    return undefined
  const attributes = new Map<number, Uint8Array>()
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    if (bytes.length - at < ATTRIBUTE_HEADER_BYTES) return undefined
    const type = view.getUint16(at)
    const length = view.getUint16(at + 2)
    at += ATTRIBUTE_HEADER_BYTES
    if (bytes.length - at < padded(length)) return undefined
    if (!attributes.has(type)) attributes.set(type, bytes.subarray(at, at + length))
    at += padded(length)
  }
  return { type: view.getUint16(0), transaction: bytes.slice(8, HEADER_BYTES), attributes }
}

/** Values start at multiples of four bytes. */
function padded(length: number): number {
  return (length + 3) & ~3
}

/** What an address is combined with, so that no NAT on the way takes it for one that it must translate. */
function maskOf(transaction: Uint8Array): Uint8Array {
  const mask = new Uint8Array(IPV6_BYTES)
  new DataView(mask.buffer).setUint32(0, MAGIC_COOKIE)
  mask.set(transaction, 4)
  return mask
}

const NO_MASK = new Uint8Array(IPV6_BYTES)

function encodeEndpoint({ address, port }: Endpoint, mask: Uint8Array = NO_MASK): Uint8Array | undefined {
  const ip = parseIpAddress(address)
  if (!ip) return undefined
  const maskedPort = port ^ maskWord(mask)
  const family = ip.length === IPV4_BYTES ? IPV4_FAMILY : IPV6_FAMILY
  return Uint8Array.of(0, family, maskedPort >> 8, maskedPort & 0xff, ...combine(ip, mask))
}

function decodeEndpoint(value: Uint8Array | undefined, mask: Uint8Array = NO_MASK): Endpoint | undefined {
  if (value === undefined || value.length < ATTRIBUTE_HEADER_BYTES) return undefined
  const [, family, high = 0, low = 0, ...address] = value
  const length = family === IPV4_FAMILY ? IPV4_BYTES : IPV6_BYTES
  if ((family !== IPV4_FAMILY && family !== IPV6_FAMILY) || address.length !== length) return undefined
  return {
    address: formatIp(combine(Uint8Array.from(address), mask)),
    port: ((high << 8) | low) ^ maskWord(mask),
  }
}

function maskWord(mask: Uint8Array): number {
  return ((mask[0] ?? 0) << 8) | (mask[1] ?? 0)
}

function combine(address: IpAddress, mask: Uint8Array): IpAddress {
  return address.map((byte, index) => byte ^ (mask[index] ?? 0))
}

/** As `parseIpAddress` reads it. IPv6 groups are written out, none left away. */
function formatIp(address: IpAddress): string {
  if (address.length === IPV4_BYTES) return address.join('.')
  const groups = Array.from({ length: IPV6_BYTES / 2 }, (_, index) =>
    (((address[2 * index] ?? 0) << 8) | (address[2 * index + 1] ?? 0)).toString(16),
  )
  return groups.join(':')
}
