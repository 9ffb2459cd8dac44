/** Caps and deadlines of one signaling server. Tests make them small. */
export interface Limits {
  /** WebSockets at once, of clients and bridges together. */
  readonly maxSockets: number
  /** Bridges that may be registered at once: the other sockets are for clients. One more is told to come back later. */
  readonly maxBridges: number
  /** HTTP and WebSocket connections at once. */
  readonly maxConnections: number
  /** Messages per second that a socket may send in the long run, and at once after a pause. */
  readonly messagesPerSecond: number
  readonly messageBurst: number
  /** Bytes that a socket may leave unread before it is closed. */
  readonly maxUnreadBytes: number
  /** Time from one ping to the next; a socket that shows no sign of life in between is closed. */
  readonly pingIntervalMs: number
  /** Time that a new bridge has to register. */
  readonly registerTimeoutMs: number
  /** Time that a request's headers and body may take. */
  readonly requestTimeoutMs: number
  /** Time that a new client has to offer something, and that it may keep silent later. */
  readonly clientIdleMs: number
  /**
   * Time that a closed socket has to agree before it is cut. One that broke the rules is not read any more meanwhile, and holds
   * up to 64 KiB that it sent: what goes so soon costs the collector little.
   */
  readonly closeTimeoutMs: number
  /** Offers that one client may have pending or freshly answered. */
  readonly maxOffersPerClient: number

  // Per address: IPv4, or /56 of IPv6. A minute's worth may come at once.
  readonly offersPerMinute: number
  readonly registrationsPerMinute: number
  readonly socketsPerMinute: number
  /** Breaches of the protocol, after which the address may open no socket for a while. */
  readonly faultsPerMinute: number
  /** Time for which who has opened too many sockets waits for being told. */
  readonly refusalDelayMs: number
  /** Not behind a proxy. */
  readonly maxConnectionsPerAddress: number
  readonly maxSocketsPerAddress: number
  readonly maxBridgesPerAddress: number
  /** Distinct bridges that one /24 (IPv4) or /56 (IPv6) is shown in an hour. */
  readonly bridgesShownPerHour: number

  /** Offers per second that are looked at from each public relay in the long run, and at once after a pause. */
  readonly mailboxOffersPerSecond: number
  readonly mailboxOfferBurst: number
  /** Offers of each public relay that may be under way. */
  readonly maxMailboxOffers: number

  /** Offers per second, of everybody, from which on each must carry a proof of work. Infinity: never. */
  readonly workFromOffersPerSecond: number
  /** Leading zero bits of the first, easiest proof, and of the hardest. */
  readonly leastWorkBits: number
  readonly mostWorkBits: number

  // The rest is the matchmaker's; see there.
  readonly answerTimeoutMs: number
  readonly maxAttempts: number
  readonly maxPendingOffers: number
  readonly pairingLifetimeMs: number
  readonly maxPairings: number
  readonly lastResortMs: number
}

export const DEFAULT_LIMITS: Limits = {
  maxSockets: 50_000,
  maxBridges: 40_000,
  maxConnections: 60_000,
  messagesPerSecond: 50,
  messageBurst: 300,
  maxUnreadBytes: 1_048_576,
  pingIntervalMs: 30_000,
  registerTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  clientIdleMs: 30_000,
  closeTimeoutMs: 300,
  maxOffersPerClient: 32,
  offersPerMinute: 50,
  registrationsPerMinute: 50,
  socketsPerMinute: 120,
  faultsPerMinute: 6,
  refusalDelayMs: 1_000,
  maxConnectionsPerAddress: 256,
  maxSocketsPerAddress: 128,
  maxBridgesPerAddress: 50,
  bridgesShownPerHour: 60,
  mailboxOffersPerSecond: 10,
  mailboxOfferBurst: 100,
  maxMailboxOffers: 100,
  workFromOffersPerSecond: 2_000,
  leastWorkBits: 12,
  mostWorkBits: 18,
  answerTimeoutMs: 3_000,
  maxAttempts: 3,
  maxPendingOffers: 10_000,
  pairingLifetimeMs: 30_000,
  maxPairings: 50_000,
  lastResortMs: 600_000,
}
