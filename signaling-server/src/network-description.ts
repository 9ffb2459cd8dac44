import {
  type EgressDescriptor,
  FootbridgeError,
  MAX_SIGNALING_ORIGINS,
  type Middlemen,
  type NetworkDescriptor,
  PROTOCOL_VERSION,
  validateDescriptor,
} from '@footbridge/shared'

/** What this server says of its network, apart from the egresses, which it learns by and by. */
export interface NetworkFacts {
  /** Origin under which clients and bridges reach it. */
  readonly origin: string
  /** Origins of other servers of the same network. */
  readonly otherOrigins?: readonly string[]
  /** `stun:host:port` */
  readonly stun: readonly string[]
  /** base64url */
  readonly ticketKey: string
  /** base64url */
  readonly signalingKey: string
  readonly middlemen: Middlemen
  readonly allowPrivateCandidates: boolean
  /** HTTP origins of bridges that clients reach by WebSocket. */
  readonly standing?: readonly string[]
}

/** The network descriptor; `undefined` without an egress, for then there is no network yet. */
export function describeNetwork(
  facts: NetworkFacts,
  egresses: readonly EgressDescriptor[],
): NetworkDescriptor | undefined {
  const {
    origin,
    otherOrigins = [],
    stun,
    ticketKey,
    signalingKey,
    middlemen,
    allowPrivateCandidates,
    standing = [],
  } = facts
  if (egresses.length === 0) return undefined
  return validateDescriptor({
    version: PROTOCOL_VERSION,
    signaling: [...new Set([origin, ...otherOrigins])].slice(0, MAX_SIGNALING_ORIGINS),
    egresses,
    stun,
    ticketKey,
    signalingKey,
    ...middlemen,
    ...(allowPrivateCandidates && { allowPrivateCandidates }),
    ...(standing.length > 0 && { standing }),
  })
}

/** Throws `usage` for facts that no client would take: better at the start than one client at a time. */
export function checkNetworkFacts(facts: NetworkFacts): void {
  // Any egress does: it is the other facts that are in question.
  const standIn = { id: 'any', url: 'http://localhost', publicKey: facts.ticketKey }
  try {
    describeNetwork(facts, [standIn])
  } catch (cause) {
    const reason = cause instanceof FootbridgeError ? cause.message : 'it is malformed'
    throw new FootbridgeError(
      'usage',
      `check --stun, --standing, --front, --cache, --nostr and --mqtt: ${reason}`,
      {
        cause,
      },
    )
  }
}
