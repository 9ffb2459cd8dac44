/** What went wrong, for callers to branch on. The message is for people and never names an address or a host. */
export type ErrorCode =
  | 'aborted' // the caller's signal fired
  | 'timeout' // a named deadline passed
  | 'closed' // used after it was closed
  | 'too-large' // input over its limit; refused before it was parsed
  | 'malformed' // input of the wrong shape
  | 'not-authentic' // a seal, signature or proof does not verify
  | 'protocol' // well-formed, but against the rules of the protocol
  | 'expired' // a ticket or descriptor past its time
  | 'limit' // a cap was reached
  | 'not-allowed' // refused by the egress's policy
  | 'refused' // the target refused the TCP connection
  | 'unreachable' // no route to the target
  | 'unknown-host' // the target's name does not resolve
  | 'reset' // the other side ended the stream early
  | 'session-lost' // no path came back in time, or the egress no longer knows the session
  | 'no-bridge' // signaling has nobody to offer right now
  | 'unavailable' // a server cannot be reached or does not answer as it should
  | 'usage' // a command was called the wrong way

/** The one error class. Wrapped once per layer: `failed to <verb> <noun>`, with the lower layer's error as `cause`. */
export class FootbridgeError extends Error {
  override readonly name = 'FootbridgeError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** True for a {@link FootbridgeError}, with one of `codes` if any are given. */
export function isFootbridgeError(error: unknown, ...codes: ErrorCode[]): error is FootbridgeError {
  return error instanceof FootbridgeError && (codes.length === 0 || codes.includes(error.code))
}
