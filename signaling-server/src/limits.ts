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
  /** Offers that one client may have pending or freshly answered. */
  readonly maxOffersPerClient: number
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
  maxOffersPerClient: 32,
  answerTimeoutMs: 3_000,
  maxAttempts: 3,
  maxPendingOffers: 10_000,
  pairingLifetimeMs: 30_000,
  maxPairings: 50_000,
  lastResortMs: 600_000,
}
