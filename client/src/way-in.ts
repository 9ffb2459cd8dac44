import {
  type Carrier,
  type ClientAnswerMessage,
  type ClientOfferMessage,
  type ClientRefusedMessage,
  FootbridgeError,
  isFootbridgeError,
  type NetworkDescriptor,
  type OfferRefuseReason,
  PROTOCOL_VERSION,
  SPOKEN_VERSIONS,
} from '@footbridge/shared'
import type { Reachability } from './reachability.ts'

/** What a client asks of signaling. */
export interface MeetingRequest {
  /** Bridges that are attached already, or were found bad. */
  readonly avoid: readonly string[]
  /** The egress of the running session. */
  readonly egress?: string | undefined
  /** The only bridge that will do, whatever `avoid` says: for another path over it. */
  readonly bridge?: string | undefined
  /** Bridges whose paths corrupted or swallowed packets since the last request. At most `MAX_FAULTY_BRIDGES`. */
  readonly faulty: readonly string[]
  /** The private pool whose bridges alone will do. */
  readonly pool?: string | undefined
  /** HTTP origin of the standing bridge to meet by WebSocket, instead of any by a data channel. */
  readonly standing?: string | undefined
}

/** A bridge that was met. */
export interface Met {
  readonly type: 'met'
  /** The open data channel or WebSocket. */
  readonly carrier: Carrier
  /** Opaque; names the bridge in `avoid`. */
  readonly bridgeId: string
  /** The egress to which the bridge relays. */
  readonly egress: string
}

/** Why signaling has no bridge to offer. */
export interface Refusal {
  readonly type: 'refused'
  /** `old-network`: it speaks older versions only. */
  readonly reason: OfferRefuseReason | 'old-network'
  readonly retryAfterMs: number
}

export type Meeting = Met | Refusal

/** One way to meet bridges through signaling. */
export interface WayIn {
  /**
   * Rejects with `unavailable` when signaling or the bridge cannot be reached this way, `timeout`, `aborted`, or with
   * what is wrong with what came back.
   */
  meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting>
  close(): void
}

/** Whether a meeting that a bridge has answered failed because there is no way to it. */
export function isNoWay(error: unknown): boolean {
  return isFootbridgeError(error, 'timeout', 'unavailable')
}

/** The request as an offer with this description. */
export function offerFor(
  { avoid, egress, bridge, faulty, pool, standing }: MeetingRequest,
  { facts }: Reachability,
  offerId: number,
  sdp: string,
): ClientOfferMessage {
  return {
    type: 'offer',
    ...SPOKEN_VERSIONS,
    offerId,
    sdp,
    avoid,
    ...(egress !== undefined && { egress }),
    ...(bridge !== undefined && { bridge }),
    ...(faulty.length > 0 && { faulty }),
    ...(pool !== undefined && { pool }),
    ...(standing !== undefined && { carrier: 'websocket' as const }),
    ...facts,
  }
}

export function refusalOf({ reason, retryAfterMs, version }: ClientRefusedMessage): Refusal {
  const isOld = reason === 'version' && version !== undefined && version < PROTOCOL_VERSION
  return { type: 'refused', reason: isOld ? 'old-network' : reason, retryAfterMs }
}

/**
 * Throws `protocol` for a bridge that was not asked for, or one to an egress that was not asked for or is none of the
 * network's, whose key nobody knows.
 */
export function checkAnswer(
  { bridgeId, egress }: ClientAnswerMessage,
  request: MeetingRequest,
  network: NetworkDescriptor,
): void {
  const known = network.egresses.some(({ id }) => id === egress)
  if (!known || egress !== (request.egress ?? egress)) {
    throw new FootbridgeError('protocol', 'the signaling server named another egress')
  }
  if (bridgeId !== (request.bridge ?? bridgeId)) {
    throw new FootbridgeError('protocol', 'the signaling server named another bridge')
  }
}
