/** What a NAT router lets in, and which port it shows (RFC 4787's terms in brackets). */
export type NatKind =
  /** A port once used is open to everybody (endpoint-independent mapping and filtering). */
  | 'full-cone'
  /** A port is open to addresses that were sent to (address-dependent filtering). */
  | 'address-restricted'
  /** A port is open to the address and port that were sent to (address- and port-dependent filtering). */
  | 'port-restricted'
  /** As before, and each destination sees another port (address- and port-dependent mapping). */
  | 'symmetric'

/** RFC 4787 wants two minutes at least. */
const MAPPING_TIMEOUT = '2m'
const MAX_MAPPINGS = 65_536

/**
 * nftables rules of a router from interface `lan`, with one host at `inside`, to interface `wan`.
 *
 * Linux itself is a port-restricted NAT: it keeps the port where it can, and here nobody else wants it. The cones are that
 * plus a way in for UDP: to ports the host has sent from, and with an address restriction only from where it has sent to.
 */
export function natRules(kind: NatKind, inside: string): string {
  return `
    table ip nat {
      set opened { typeof ${OPENED[kind].outbound}; flags dynamic,timeout; timeout ${MAPPING_TIMEOUT}; size ${MAX_MAPPINGS}; }
      chain remember {
        type filter hook postrouting priority 0;
        oifname wan meta l4proto udp update @opened { ${OPENED[kind].outbound} }
      }
      chain inbound {
        type nat hook prerouting priority dstnat;
        ${LETS_MORE_IN[kind] ? `iifname wan ${OPENED[kind].inbound} @opened dnat to ${inside}` : ''}
      }
      chain outbound {
        type nat hook postrouting priority srcnat;
        oifname wan masquerade ${kind === 'symmetric' ? 'fully-random' : ''}
      }
      chain unasked {
        # Dropped before it makes a mapping: one to the router itself would take the port from the host inside.
        type filter hook input priority 0; policy drop;
        iifname lan accept
        ct state established,related accept
      }
    }
  `
}
