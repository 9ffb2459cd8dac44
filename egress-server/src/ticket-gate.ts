import {
  type Clock,
  type ErrorCode,
  encodeBase64Url,
  type FootbridgeError,
  isFootbridgeError,
  type Primitives,
  type Ticket,
  verifyTicket,
} from '@footbridge/shared'

/** Used tickets remembered until they expire: at 60 s each, 1,600 new paths a second. */
const MAX_USED_TICKETS = 100_000

/** Time between two searches for tickets to forget. */
const FORGET_INTERVAL_MS = 5_000

export type Admission =
  | { readonly type: 'admitted'; readonly ticket: Ticket }
  | { readonly type: 'refused'; readonly refusal: Refusal }

/** An answer to an upgrade request that is not granted. */
export interface Refusal {
  /** HTTP status. */
  readonly status: 401 | 403 | 404 | 409 | 429 | 503
  /** One sentence for people. */
  readonly reason: string
}

export interface TicketGateOptions {
  /** Signaling's Ed25519 key; `undefined` while it is not known yet. */
  readonly ticketKey: () => Uint8Array | undefined
  /** The id of this egress. */
  readonly egress: string
  readonly primitives: Primitives
  readonly clock: Clock
  readonly maxUsed?: number
}

const STATUS_OF_ERROR: Partial<Record<ErrorCode, Refusal['status']>> = {
  'too-large': 401,
  malformed: 401,
  'not-authentic': 401,
  'not-allowed': 403,
  expired: 403,
}

/** Lets each ticket in once. */
export class TicketGate {
  readonly #options: Required<TicketGateOptions>
  /** When each used ticket expires, by id: from then on the ticket is refused for its age and may be forgotten. */
  readonly #used = new Map<string, number>()
  #forgetAt = 0

  constructor(options: TicketGateOptions) {
    this.#options = { maxUsed: MAX_USED_TICKETS, ...options }
  }

  /** Whether tickets can be checked at all. */
  get ready(): boolean {
    return this.#options.ticketKey() !== undefined
  }

  /** Judges a ticket, which counts as used if it is admitted. */
  admit(text: string | null): Admission {
    if (text === null || text === '') return refuse(401, 'This needs a ticket.')
    const publicKey = this.#options.ticketKey()
    if (publicKey === undefined) return refuse(503, 'This egress does not know the key of tickets yet.')
    const { egress, primitives, maxUsed } = this.#options
    const now = this.#options.clock.wallNow()
    try {
      const ticket = verifyTicket(text, { publicKey, egress, now, primitives })
      const id = encodeBase64Url(ticket.id)
      if (this.#used.has(id)) return refuse(409, 'This ticket has been used.')
      this.#forgetExpired(now)
      if (this.#used.size >= maxUsed) return refuse(503, 'This egress takes no more tickets for a while.')
      this.#used.set(id, ticket.expiresAt)
      return { type: 'admitted', ticket }
    } catch (error) {
      const status = isFootbridgeError(error) ? STATUS_OF_ERROR[error.code] : undefined
      if (status === undefined) throw error
      return refuse(status, sentence(error as FootbridgeError))
    }
  }

  #forgetExpired(now: number): void {
    if (now < this.#forgetAt) return
    this.#forgetAt = now + FORGET_INTERVAL_MS
    for (const [id, expiresAt] of this.#used) if (expiresAt <= now) this.#used.delete(id)
  }
}

function refuse(status: Refusal['status'], reason: string): Admission {
  return { type: 'refused', refusal: { status, reason } }
}

function sentence({ message }: FootbridgeError): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}
