/**
 * Why a carrier ended. The same numbers serve as WebSocket close codes (RFC 6455 leaves 4000–4999 to
 * applications) and in the text message that ends a data channel, which has no close codes of its own.
 */
export const CloseCode = {
  /** Everything was done. */
  done: 4000,
  /** The bridge leaves politely: toggle off, page closing or frozen. */
  leaving: 4001,
  /** The carrier on the other side of the relay ended without a reason. */
  peerLost: 4002,
  /** Packets on this path did not authenticate, repeated or were missing. */
  faulty: 4003,
  /** More was in flight than the path's window allows. */
  overflow: 4004,
  /** A named deadline passed. */
  timeout: 4005,
  /** The egress does not know (or no longer knows) the session. */
  unknownSession: 4006,
  /** A cap of the egress or of the bridge was reached. */
  limit: 4007,
  /** The program is shutting down. */
  shutdown: 4008,
  /** Never sent: the carrier ended without saying why. */
  lost: 1006,
} as const

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode]

const KNOWN_CODES: ReadonlySet<number> = new Set(Object.values(CloseCode))

/** The close code that `value` is; `lost` for anything unknown. */
export function parseCloseCode(value: unknown): CloseCode {
  return typeof value === 'number' && KNOWN_CODES.has(value) ? (value as CloseCode) : CloseCode.lost
}

/** What the owner of a carrier wants to hear. None of them is called inside `start` or `send`. */
export interface CarrierListener {
  /** One whole packet. The bytes are the listener's to keep. */
  packet(bytes: Uint8Array): void
  /** `bufferedAmount` fell to `CARRIER_LOW_WATER_BYTES` or below after having been above. */
  drain?(): void
  /** Called once, last. Not called after the owner's own `close`. */
  close(code: CloseCode): void
}

/**
 * One open message pipe that may die at any time: a data channel or a WebSocket. Messages arrive whole and in
 * order while it lives. Whatever arrives before `start` is kept, up to a path's window.
 */
export interface Carrier {
  /** Names the one listener. */
  start(listener: CarrierListener): void
  /** Takes one packet of at most `MAX_PACKET_BYTES`. The caller must not change the bytes afterwards. A closed carrier drops it. */
  send(packet: Uint8Array): void
  /** Bytes taken by `send` and not yet handed to the network. */
  readonly bufferedAmount: number
  /** Tells the other end why, then closes. Idempotent. */
  close(code: CloseCode): void
}

export const CARRIER_LOW_WATER_BYTES = 262_144
