import { encode } from '@msgpack/msgpack'
import { concat, decodeBase64Url, encodeBase64Url, encodeText } from './bytes.ts'
import { MAX_TICKET_CHARS, PROTOCOL_VERSION } from './constants.ts'
import { MAX_EGRESS_ID_CHARS } from './descriptor.ts'
import { FootbridgeError } from './errors.ts'
import { type Primitives, SIGNATURE_BYTES, type Sign } from './primitives.ts'
import { decodeStructure } from './structure.ts'

/** Length of a ticket's id. Random ids of this length never meet by chance. */
export const TICKET_ID_BYTES = 16

/** Leave to open one path to one egress, given by signaling to one pair of client and bridge. */
export interface Ticket {
  readonly version: number
  /** Names the pairing. An egress takes each id once. */
  readonly id: Uint8Array
  /** The id of the only egress that may take it. */
  readonly egress: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface TicketExpectation {
  /** Signaling's Ed25519 public key, from the network descriptor. */
  readonly publicKey: Uint8Array
  /** The id of the egress that asks. */
  readonly egress: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly primitives: Primitives
}

// Part of what is signed, so that no signature made for something else under the same key passes for a ticket.
const SIGNATURE_CONTEXT = encodeText('footbridge ticket')

/** The ticket as text for a URL: base64url of msgpack ‖ signature. */
export function signTicket(ticket: Ticket, sign: Sign): string {
  const { version, id, egress, expiresAt } = ticket
  const claims = encode({ version, id, egress, expiresAt })
  const signature = sign(concat(SIGNATURE_CONTEXT, claims))
  return encodeBase64Url(concat(claims, signature))
}

/**
 * The ticket in `text`. Throws `too-large`; `malformed`; `not-authentic` for a signature that does not verify;
 * `not-allowed` for another egress's ticket; `expired`. That an id is used once is for the caller to see to.
 */
export function verifyTicket(text: string, expectation: TicketExpectation): Ticket {
  const { publicKey, egress, now, primitives } = expectation
  if (text.length > MAX_TICKET_CHARS) {
    throw new FootbridgeError('too-large', `a ticket has at most ${MAX_TICKET_CHARS} characters`)
  }
  const bytes = decodeBase64Url(text)
  if (bytes.length <= SIGNATURE_BYTES) throw new FootbridgeError('malformed', 'a ticket is cut short')
  const claims = bytes.subarray(0, -SIGNATURE_BYTES)
  const signature = bytes.subarray(-SIGNATURE_BYTES)
  if (!primitives.ed25519.verify(publicKey, concat(SIGNATURE_CONTEXT, claims), signature)) {
    throw new FootbridgeError('not-authentic', 'the signature of a ticket does not verify')
  }
  const ticket = parseClaims(claims)
  if (ticket.egress !== egress) throw new FootbridgeError('not-allowed', 'a ticket is for another egress')
  if (ticket.expiresAt <= now) throw new FootbridgeError('expired', 'a ticket has expired')
  return ticket
}

function parseClaims(bytes: Uint8Array): Ticket {
  const claims = decodeStructure(bytes, 'a ticket', MAX_TICKET_CHARS)
  const version = claims.integer('version')
  if (version !== PROTOCOL_VERSION) {
    throw new FootbridgeError('malformed', `a ticket has another version than ${PROTOCOL_VERSION}`)
  }
  return {
    version,
    id: claims.bytes('id', TICKET_ID_BYTES),
    egress: claims.text('egress', MAX_EGRESS_ID_CHARS),
    expiresAt: claims.integer('expiresAt'),
  }
}
