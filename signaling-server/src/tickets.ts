import {
  type Clock,
  encodeBase64Url,
  PROTOCOL_VERSION,
  type Primitives,
  signTicket,
  TICKET_ID_BYTES,
  TICKET_LIFETIME_MS,
} from '@footbridge/shared'

const IDS_PER_DRAW = 64

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
  const nextId = idSource(primitives)
  return (egress) => {
    const id = nextId()
    const expiresAt = clock.wallNow() + TICKET_LIFETIME_MS
    const text = signTicket({ version: PROTOCOL_VERSION, id, egress, expiresAt }, sign)
    return { id: encodeBase64Url(id), text }
  }
}

/** Draws many ids at a time, since asking for random bytes takes about equally long whatever their number. */
function idSource({ randomBytes }: Primitives): () => Uint8Array {
  let drawn: Uint8Array = new Uint8Array()
  return () => {
    if (drawn.length === 0) drawn = randomBytes(IDS_PER_DRAW * TICKET_ID_BYTES)
    const id = drawn.subarray(0, TICKET_ID_BYTES)
    drawn = drawn.subarray(TICKET_ID_BYTES)
    return id
  }
}
