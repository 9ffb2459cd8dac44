import { MAX_TICKET_CHARS, PROTOCOL_VERSION } from './constants.ts'
import { MAX_EGRESS_ID_CHARS } from './descriptor.ts'
import { FootbridgeError } from './errors.ts'
import type { Primitives, Sign } from './primitives.ts'
import { type ClaimsKind, openClaims, signClaims } from './signed-claims.ts'
import type { Structure } from './structure.ts'

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

export interface TicketCheck {
  /** Signaling's Ed25519 public key, from the network descriptor. */
  readonly publicKey: Uint8Array
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly primitives: Primitives
}

export interface TicketExpectation extends TicketCheck {
  /** The id of the egress that asks. */
  readonly egress: string
}

const TICKET: ClaimsKind = {
  context: 'footbridge ticket',
  what: 'a ticket',
  maxChars: MAX_TICKET_CHARS,
}

/** The ticket as text for a URL: base64url of msgpack ‖ signature. */
export function signTicket(ticket: Ticket, sign: Sign): string {
  const { version, id, egress, expiresAt } = ticket
  return signClaims(TICKET, { version, id, egress, expiresAt }, sign)
}

/**
 * The ticket in `text`. Throws `too-large`; `malformed`; `not-authentic` for a signature that does not verify;
 * `not-allowed` for another egress's ticket; `expired`. That an id is used once is for the caller to see to.
 */
export function verifyTicket(text: string, expectation: TicketExpectation): Ticket {
  const { publicKey, primitives } = expectation
  const ticket = readTicket(openClaims(TICKET, text, publicKey, primitives))
  if (ticket.egress !== expectation.egress) {
    throw new FootbridgeError('not-allowed', 'a ticket is for another egress')
  }
  return checkAge(ticket, expectation)
}

/** The ticket in `text`, for whichever egress. For who passes it on. Throws like {@link verifyTicket}. */
export function openTicket(text: string, check: TicketCheck): Ticket {
  return checkAge(readTicket(openClaims(TICKET, text, check.publicKey, check.primitives)), check)
}

function checkAge(ticket: Ticket, { now }: TicketCheck): Ticket {
  if (ticket.expiresAt <= now) throw new FootbridgeError('expired', 'a ticket has expired')
  return ticket
}

function readTicket(claims: Structure): Ticket {
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
