import { MAX_EGRESS_ID_CHARS } from './descriptor.ts'
import { FootbridgeError } from './errors.ts'
import type { Primitives, Sign } from './primitives.ts'
import { type ClaimsKind, openClaims, signClaims } from './signed-claims.ts'

/** Signaling's leave to read the outcomes of one egress, for a moment. */
export interface OutcomeAccess {
  /** Id of the egress. */
  readonly egress: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Time for which signaling may read with one signature. */
export const OUTCOME_ACCESS_MS = 60_000

const ACCESS: ClaimsKind = { context: 'footbridge outcomes', what: 'an access token', maxChars: 512 }

/** The leave as text, for `Authorization: Bearer`. `sign` is under the key of tickets. */
export function signOutcomeAccess({ egress, expiresAt }: OutcomeAccess, sign: Sign): string {
  return signClaims(ACCESS, { egress, expiresAt }, sign)
}

/** Throws, like `verifyTicket`, unless `text` lets signaling read the outcomes of this egress now. */
export function verifyOutcomeAccess(
  text: string,
  expectation: {
    readonly publicKey: Uint8Array
    readonly egress: string
    readonly now: number
    readonly primitives: Primitives
  },
): void {
  const { publicKey, egress, now, primitives } = expectation
  const claims = openClaims(ACCESS, text, publicKey, primitives)
  if (claims.text('egress', MAX_EGRESS_ID_CHARS) !== egress) {
    throw new FootbridgeError('not-allowed', 'an access token is for another egress')
  }
  if (claims.integer('expiresAt') <= now) throw new FootbridgeError('expired', 'an access token has expired')
}
