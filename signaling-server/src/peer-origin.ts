import type { IncomingMessage } from 'node:http'
import { deriveKey, encodeBase64Url, type Primitives, parseIpAddress } from '@footbridge/shared'
import proxyAddress from 'proxy-addr'

/** What is kept of a peer's address: enough to limit and to match by, too little to find anybody. */
export interface PeerOrigin {
  /** Stands for its address (IPv4) or /56 (IPv6). */
  readonly address: string
  /** Stands for its /24 (IPv4) or /56 (IPv6). */
  readonly subnet: string
  /**
   * A program on this machine, which is not limited by its address. Never behind a trusted proxy: there all that comes
   * from loopback comes from elsewhere.
   */
  readonly isLocal?: true
  /** ISO 3166, two letters. */
  readonly country?: string
  /** Number of its autonomous system. */
  readonly network?: number
}

/** Where two peers must not both be, lest one censor have both ends in view; `undefined` unless all of it is known. */
export function placeOf({ country, network }: PeerOrigin): string | undefined {
  return country === undefined || network === undefined ? undefined : `${country} ${network}`
}

/** Country and network of an address, as far as they are known. */
type Locate = (address: string) => Pick<PeerOrigin, 'country' | 'network'>

export interface OriginOptions {
  /** Proxies in front of the server, whose word on the address is taken. */
  readonly trustedProxies: number
  /** Whoever knows it can tell from an origin which address it stands for. At least 32 bytes. */
  readonly key: Uint8Array
  readonly primitives: Primitives
  readonly locate: Locate
  /** Called for the first peer that a proxy on this machine forwards although none is trusted. */
  readonly onUntrustedProxy?: () => void
}

/** What tells where a peer is: a request, or a connection that has made none yet. */
export type Arrival = Pick<IncomingMessage, 'headers' | 'socket'>

const LOOPBACK = /^(?:127\.|::1$)/
const IPV4_BYTES = 4
const IPV6_PREFIX_BYTES = 7
const IPV4_SUBNET_BYTES = 3
/** Enough that no two are ever alike by chance. */
const NAME_BYTES = 12

/**
 * Reads the address a request comes from and forgets it at once: what is given back are names made with a key, which
 * serve to count.
 */
export function originReader(options: OriginOptions): (arrival: Arrival) => PeerOrigin {
  const { trustedProxies, primitives, locate } = options
  const key = deriveKey(primitives, options.key, 'footbridge origin', new Uint8Array())
  const nameOf = (prefix: Uint8Array): string =>
    encodeBase64Url(primitives.hmacSha256(key, prefix).subarray(0, NAME_BYTES))

  let warned = false

  return (arrival) => {
    const address = plainAddress(proxyAddress(arrival as IncomingMessage, (_, hops) => hops < trustedProxies))
    const bytes = parseIpAddress(address)
    // A proxy may write anything: all that it cannot tell apart counts as one peer.
    if (!bytes) return { address: '', subnet: '' }
    const isIpv4 = bytes.length === IPV4_BYTES
    const name = nameOf(isIpv4 ? bytes : bytes.subarray(0, IPV6_PREFIX_BYTES))
    const subnet = isIpv4 ? nameOf(bytes.subarray(0, IPV4_SUBNET_BYTES)) : name
    const isLocal = trustedProxies === 0 && LOOPBACK.test(address)
    if (isLocal && !warned && arrival.headers['x-forwarded-for'] !== undefined) {
      warned = true
      options.onUntrustedProxy?.()
    }
    return { address: name, subnet, ...(isLocal && { isLocal }), ...locate(address) }
  }
}

/** Node writes an IPv4 peer of an IPv6 socket as `::ffff:1.2.3.4`, and link-local ones with a zone. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}
