import {
  type Clock,
  encodeBase64Url,
  PROTOCOL_VERSION,
  type Primitives,
  signTicket,
  TICKET_ID_BYTES,
  TICKET_LIFETIME_MS,
} from '@footbridge/shared'

/** Leave to open one path. */
export interface IssuedTicket {
  /** base64url; the egress reports under it what became of the path. */
  readonly id: string
  readonly text: string
}

/** Gives out tickets for one path each, signed with `secretKey`. */
export function ticketIssuer(
  secretKey: Uint8Array,
  primitives: Primitives,
  clock: Clock,
): (egress: string) => IssuedTicket {
  const sign = primitives.ed25519.signer(secretKey)
  return (egress) => {
    const id = primitives.randomBytes(TICKET_ID_BYTES)
    const expiresAt = clock.wallNow() + TICKET_LIFETIME_MS
    const text = signTicket({ version: PROTOCOL_VERSION, id, egress, expiresAt }, sign)
    return { id: encodeBase64Url(id), text }
  }
}
