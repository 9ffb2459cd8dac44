import { FootbridgeError } from './errors.ts'

/** With less of its window left than this, the sender waits for credit, or is about to. */
const HELD_BACK_SHARE = 0.25

/**
 * The receiving side of credit: how far the other side may send, and when to tell it more. The window doubles while
 * it is used up within two round trips, or while the sender used it up although the reader had taken all that was in
 * order, so that it grows to fill the paths and stays small for a slow reader.
 */
export class ReceiveCredit {
  /** Highest offset that was received. */
  received = 0
  /** Offset up to which the application has taken the bytes. */
  consumed = 0
  /** Offset below which the other side may send. */
  limit: number
  readonly #maximum: number
  #window: number
  #raisedAt = 0

  constructor(window: number, maximum: number) {
    this.limit = window
    this.#window = window
    this.#maximum = maximum
  }

  /** Accounts for bytes up to `offset`; returns how many of them are new. Throws `protocol` past the limit. */
  receive(offset: number): number {
    if (offset <= this.received) return 0
    if (offset > this.limit) throw new FootbridgeError('protocol', 'more was sent than the credit allows')
    const fresh = offset - this.received
    this.received = offset
    return fresh
  }

  /**
   * True when telling the other side is worth a frame: it has used half of what it may use. What lies here unread is not
   * for it to use: else a few streams that nobody reads would leave a session's others without credit.
   */
  get raiseDue(): boolean {
    const usable = this.#window - (this.received - this.consumed)
    return this.#gain >= Math.max(usable / 2, this.#window / 16)
  }

  /**
   * Raises the limit to a whole window past what was consumed and returns it. `caughtUp`: the reader has taken all that it
   * could, so if the credit is used up nevertheless, it is because something earlier is late on another path.
   */
  raise(now: number, roundTripMs: number, caughtUp: boolean): number {
    const heldBack = caughtUp && this.limit - this.received < this.#window * HELD_BACK_SHARE
    const quick = now - this.#raisedAt < 2 * roundTripMs && this.#gain >= this.#window / 4
    if (heldBack || quick) this.#window = Math.min(this.#window * 2, this.#maximum)
    this.#raisedAt = now
    this.limit = Math.max(this.limit, this.consumed + this.#window)
    return this.limit
  }

  /** What raising the limit now would add to it. */
  get #gain(): number {
    return this.consumed + this.#window - this.limit
  }
}

/** The sending side of credit. */
export class SendCredit {
  /** Offset of the next new byte. */
  sent = 0
  limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  get available(): number {
    return this.limit - this.sent
  }

  /** Takes a new limit, if it is higher; true when that ends a wait for credit. */
  raise(limit: number): boolean {
    const waiting = this.available === 0
    if (limit <= this.limit) return false
    this.limit = limit
    return waiting
  }
}
