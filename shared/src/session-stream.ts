import type { Datagram } from './datagram.ts'
import type { ErrorCode } from './errors.ts'
import type { Target } from './target.ts'

/** Why a stream ended early, as it travels in RESET. Each has one error code on the other side. */
export const ResetCode = {
  /** The application closed its end before everything was read or written. */
  aborted: 1,
  /** The target's TCP connection was reset. */
  reset: 2,
  refused: 3,
  unreachable: 4,
  unknownHost: 5,
  notAllowed: 6,
  timeout: 7,
  limit: 8,
  /** Anything else. */
  failed: 9,
} as const

export type ResetCode = (typeof ResetCode)[keyof typeof ResetCode]

const ERROR_OF_RESET: Readonly<Record<ResetCode, ErrorCode>> = {
  [ResetCode.aborted]: 'reset',
  [ResetCode.reset]: 'reset',
  [ResetCode.refused]: 'refused',
  [ResetCode.unreachable]: 'unreachable',
  [ResetCode.unknownHost]: 'unknown-host',
  [ResetCode.notAllowed]: 'not-allowed',
  [ResetCode.timeout]: 'timeout',
  [ResetCode.limit]: 'limit',
  [ResetCode.failed]: 'reset',
}

/** The error code that a stream's reader and writer see for `code`; `reset` for a number not known here. */
export function errorCodeOfReset(code: number): ErrorCode {
  return ERROR_OF_RESET[code as ResetCode] ?? 'reset'
}

/** The reset code that tells the other side of an error with `code`. */
export function resetCodeOfError(code: ErrorCode): ResetCode {
  switch (code) {
    case 'refused':
      return ResetCode.refused
    case 'unreachable':
      return ResetCode.unreachable
    case 'unknown-host':
      return ResetCode.unknownHost
    case 'not-allowed':
      return ResetCode.notAllowed
    case 'timeout':
      return ResetCode.timeout
    case 'limit':
      return ResetCode.limit
    case 'aborted':
      return ResetCode.aborted
    case 'reset':
      return ResetCode.reset
    default:
      return ResetCode.failed
  }
}

/** What the driver of a stream wants to hear; each is called at most once per change, never re-entrantly. */
export interface SessionStreamListener {
  /** The egress reached the target. Client only. */
  opened?(): void
  /** `read()` has something, or the end, to give. */
  readable?(): void
  /** `writableBytes` rose, after it was asked for and was zero. */
  writable?(): void
  /** Nothing more will come: reset by either side, or the session is gone. Not called after a clean end. */
  failed?(code: ErrorCode): void
  /** One came on this association. Its data is only valid until this returns. */
  datagram?(datagram: Datagram): void
}

/**
 * One byte pipe through a session, flow-controlled, with half-close and reset. Low-level and synchronous, so
 * that a Node `Duplex` and web streams adapt to it without a queue of their own.
 */
export interface SessionStream {
  readonly id: number
  readonly target: Target
  /** Replaces the listener. */
  listen(listener: SessionStreamListener): void
  /**
   * The next bytes; `null` at the other side's end; `undefined` when nothing is there yet. Whoever calls is done with
   * what the last call gave, whose credit returns.
   */
  read(): Uint8Array | null | undefined
  /** Bytes that `write` would like at most; what is over it is still taken. */
  readonly writableBytes: number
  /** Queues a copy of the bytes. Ignored once ended or failed. */
  write(bytes: Uint8Array): void
  /** Half-close: no more writes; reading goes on. */
  end(): void
  /** Tells the client that the target is reached. Egress only. */
  accept(): void
  /**
   * Sends a copy of a datagram, once, if a path has room for it soon; nobody hears of one that is lost. Throws `too-large`
   * or `malformed` for what cannot be one. For a stream to `ASSOCIATION_TARGET`.
   */
  sendDatagram(datagram: Datagram): void
  /** Ends both directions at once. Idempotent. */
  reset(code: ResetCode): void
}
