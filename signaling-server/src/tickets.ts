import {
  type Clock,
  PROTOCOL_VERSION,
  type Primitives,
  signTicket,
  TICKET_ID_BYTES,
  TICKET_LIFETIME_MS,
} from '@footbridge/shared'

/** Gives out tickets for one path each, signed with `secretKey`. */
export function ticketIssuer(
  secretKey: Uint8Array,
  primitives: Primitives,
  clock: Clock,
): (egress: string) => string {
  const sign = primitives.ed25519.signer(secretKey)
  return (egress) => {
    const id = primitives.randomBytes(TICKET_ID_BYTES)
    const expiresAt = clock.wallNow() + TICKET_LIFETIME_MS
    return signTicket({ version: PROTOCOL_VERSION, id, egress, expiresAt }, sign)
  }
}
