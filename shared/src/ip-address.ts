/** An IP address in network byte order: 4 bytes (IPv4) or 16 (IPv6). */
export type IpAddress = Uint8Array

const IPV4_BYTES = 4
const IPV6_BYTES = 16
const IPV6_GROUPS = 8
// "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
const MAX_IP_CHARS = 45

// No leading zeros: some resolvers read "010" as octal 8, so it could mean two addresses.
const OCTET = /(0|[1-9]\d{0,2})/.source
const IPV4 = new RegExp(`^${[OCTET, OCTET, OCTET, OCTET].join('\\.')}$`)
const GROUP = /^[0-9A-Fa-f]{1,4}$/

/** The address that `text` writes, or `undefined`. Strict: no brackets, zones, prefixes, short or octal forms. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.length > MAX_IP_CHARS) return undefined
  const bytes = text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text)
  return bytes && Uint8Array.from(bytes)
}

/**
 * True only for a globally routable unicast address, IPv4 or IPv6, written as {@link parseIpAddress} wants it;
 * false for anything else, text that is no address included. An IPv6 address that carries an IPv4 one
 * (IPv4-mapped, NAT64, 6to4) is judged by that one, because that is where its packets end up.
 */
export function isPublicAddress(text: string): boolean {
  const address = parseIpAddress(text)
  return address !== undefined && isPublic(address)
}

// The IANA special-purpose registries (RFC 6890, as they stand in 2026) and multicast. A block that the registry
// divides further is refused whole: nothing a client wants is served from its few reachable parts.
const SPECIAL_IPV4: readonly Block[] = [
  block('0.0.0.0', 8), // this network
  block('10.0.0.0', 8), // private
  block('100.64.0.0', 10), // carrier-grade NAT
  block('127.0.0.0', 8), // loopback
  block('169.254.0.0', 16), // link-local, cloud metadata
  block('172.16.0.0', 12), // private
  block('192.0.0.0', 24), // IETF protocol assignments
  block('192.0.2.0', 24), // documentation
  block('192.88.99.0', 24), // 6to4 relay anycast, deprecated
  block('192.168.0.0', 16), // private
  block('198.18.0.0', 15), // benchmarking
  block('198.51.100.0', 24), // documentation
  block('203.0.113.0', 24), // documentation
  block('224.0.0.0', 4), // multicast
  block('240.0.0.0', 4), // reserved, limited broadcast
]

const SPECIAL_IPV6: readonly Block[] = [
  block('::', 8), // unspecified, loopback, IPv4-compatible, local NAT64 (64:ff9b:1::/48)
  block('100::', 64), // discard
  block('2001::', 23), // IETF protocol assignments: Teredo, ORCHID, benchmarking
  block('2001:db8::', 32), // documentation
  block('3fff::', 20), // documentation
  block('5f00::', 16), // segment routing
  block('fc00::', 7), // unique local
  block('fe80::', 10), // link-local
  block('fec0::', 10), // site-local, deprecated
  block('ff00::', 8), // multicast
]

/** IANA has given out global unicast addresses from this block alone (RFC 4291); the rest is refused unseen. */
const GLOBAL_UNICAST_IPV6 = block('2000::', 3)

/** Where an IPv4 address starts inside an IPv6 one. */
const EMBEDDED_IPV4: readonly { readonly block: Block; readonly offset: number }[] = [
  { block: block('::ffff:0:0', 96), offset: 12 }, // IPv4-mapped
  { block: block('64:ff9b::', 96), offset: 12 }, // NAT64 (RFC 6052)
  { block: block('2002::', 16), offset: 2 }, // 6to4 (RFC 3056)
]

/** For each byte that decides what is in the block: the bits that count, and their values. */
interface Block {
  readonly masks: Uint8Array
  readonly prefix: Uint8Array
}

function block(text: string, bits: number): Block {
  const bytes = parseIpAddress(text)
  // A block that holds nothing would let everything through.
  if (!bytes) throw new Error('a block of addresses is misspelt')
  const masks = Uint8Array.from(
    { length: Math.ceil(bits / 8) },
    (_, at) => 0xff00 >> Math.min(8, bits - 8 * at),
  )
  return { masks, prefix: masks.map((mask, at) => mask & (bytes[at] ?? 0)) }
}

function isPublic(address: IpAddress): boolean {
  if (address.length === IPV4_BYTES) return !SPECIAL_IPV4.some((special) => contains(special, address))
  const embedding = EMBEDDED_IPV4.find(({ block }) => contains(block, address))
  if (embedding) return isPublic(address.subarray(embedding.offset, embedding.offset + IPV4_BYTES))
  return contains(GLOBAL_UNICAST_IPV6, address) && !SPECIAL_IPV6.some((special) => contains(special, address))
}

function contains({ masks, prefix }: Block, address: IpAddress): boolean {
  for (let at = 0; at < masks.length; at += 1) {
    if (((address[at] ?? 0) & (masks[at] ?? 0)) !== prefix[at]) return false
  }
  return true
}

function ipv4Bytes(text: string): number[] | undefined {
  const octets = IPV4.exec(text)?.slice(1).map(Number)
  return octets?.every((octet) => octet <= 255) ? octets : undefined
}

function ipv6Bytes(text: string): number[] | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  if (tail === undefined) {
    const bytes = groupBytes(head, true)
    return bytes?.length === IPV6_BYTES ? bytes : undefined
  }
  const before = groupBytes(head, false)
  const after = groupBytes(tail, true)
  if (!before || !after) return undefined
  // "::" stands for at least one group.
  const zeros = IPV6_BYTES - before.length - after.length
  return zeros >= 2 ? [...before, ...new Array<number>(zeros).fill(0), ...after] : undefined
}

/** The bytes of colon-separated groups, of which the last may be a dotted IPv4 address where `atEnd`. */
function groupBytes(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  if (groups.length > IPV6_GROUPS) return undefined
  const bytes: number[] = []
  for (const [index, group] of groups.entries()) {
    if (GROUP.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
      continue
    }
    const embedded = atEnd && index === groups.length - 1 ? ipv4Bytes(group) : undefined
    if (!embedded) return undefined
    bytes.push(...embedded)
  }
  return bytes
}
