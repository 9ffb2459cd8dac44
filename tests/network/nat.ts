/** What a NAT router lets in, and which port it shows (in brackets: RFC 4787's terms). */
export type NatKind =
  /** A port once used is open to everybody (endpoint-independent mapping and filtering). */
  | 'full-cone'
  /** A port is open to addresses that it has sent to (address-dependent filtering). */
  | 'address-restricted'
  /** A port is open to addresses and ports that it has sent to (address- and port-dependent filtering). */
  | 'port-restricted'
  /** The same, and each destination sees another port (address- and port-dependent mapping). */
  | 'symmetric'

/** RFC 4787 asks for two minutes at least. */
const MAPPING_TIMEOUT = '2m'
const MAX_MAPPINGS = 65_536

/** What a cone keeps of a datagram that leaves, and what of one that comes must match it. */
const CONES = {
  'full-cone': { leaving: 'udp sport', coming: 'udp dport' },
  'address-restricted': { leaving: 'ip daddr . udp sport', coming: 'ip saddr . udp dport' },
} as const

/**
 * nftables commands for a router between the interfaces `lan`, with one host at `inside`, and `wan`.
 *
 * Linux itself is a port-restricted NAT: it keeps a port that nobody else has, and with one host nobody has.
 */
export function natRules(kind: NatKind, inside: string): string {
  const router = `
    table ip nat {
      chain leaving {
        type nat hook postrouting priority srcnat
        oifname wan masquerade ${kind === 'symmetric' ? 'fully-random' : ''}
      }
      chain unasked {
        type filter hook input priority filter; policy drop
        comment "else it would be tracked as the router's own, and its port no longer be the host's to keep"
        iifname lan accept
        ct state established,related accept
      }
    }`
  return kind === 'full-cone' || kind === 'address-restricted' ? router + coneRules(kind, inside) : router
}

function coneRules(kind: keyof typeof CONES, inside: string): string {
  const { leaving, coming } = CONES[kind]
  return `
    table ip cone {
      set opened {
        typeof ${leaving}
        flags dynamic,timeout
        timeout ${MAPPING_TIMEOUT}
        size ${MAX_MAPPINGS}
      }
      chain leaving {
        type filter hook postrouting priority filter
        oifname wan meta l4proto udp update @opened { ${leaving} }
      }
      chain coming {
        type nat hook prerouting priority dstnat
        iifname wan ${coming} @opened dnat to ${inside}
      }
    }`
}
