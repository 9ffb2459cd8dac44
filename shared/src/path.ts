import { PATH_DEAD_MS, PATH_SUSPECT_MS } from './constants.ts'
import { PathWindow } from './path-window.ts'
import { Starvation } from './starvation.ts'

/** What one sent frame leaves behind. Exactly one of the two is called, once. */
export interface Receipt {
  acked(): void
  /** The frame must be sent again, on whatever path comes next. */
  lost(): void
}

/** For a frame that need not be sent again, but asks for an acknowledgement. */
export const NO_RECEIPT: Receipt = { acked: () => {}, lost: () => {} }

interface SentPacket {
  readonly number: number
  readonly bytes: number
  readonly sentAt: number
  readonly receipts: readonly Receipt[]
  /** Its receipts were told `lost`. */
  requeued: boolean
}

/** Silence after which a path is dead, however slow it was. */
const MOST_SILENCE_MS = 10_000
/** Acknowledge at once after this many bytes … */
const ACK_EVERY_BYTES = 131_072
/** … or this long after the first unacknowledged packet. */
const ACK_DELAY_MS = 5
/**
 * A path that falls silent is probed after this long, then half as often each time: soon after something came, because a
 * receiver has nothing in flight that would tell it of a dead path …
 */
const FIRST_PROBE_MS = 500
/** … and at least this often, so that a dead one is found before it is needed. */
const KEEP_ALIVE_MS = 10_000
/** Urgent frames may go over the window by so much. */
const URGENT_BYTES = 16_384
/** A round trip so many times the shortest is mostly queue. */
const STANDING_ROUND_TRIPS = 6

/**
 * One path's books: what is in flight, what was received, how quick it is, and whether it still lives. Carriers are
 * reliable and ordered, so acknowledgement is a count and nothing is re-sent on the same path.
 */
export class PathState {
  readonly id: number
  /** Frames may be sent here. False while the handshake on it goes on. */
  ready: boolean
  /** Packets received, which is also the number of the next one. */
  received = 0
  /** Bytes sent and not acknowledged, of packets that ask for an acknowledgement. */
  inFlight = 0
  /** No acknowledgement came in time; nothing new is sent here until one does. */
  suspect = false
  /** The other side said that it will leave this path. */
  closing = false
  /** Tokens of PINGs to answer. */
  readonly pongs: number[] = []
  readonly #window: PathWindow = new PathWindow()
  readonly #starvation: Starvation = new Starvation()
  #nextNumber = 0
  #delivered = 0
  #deliveredAt = 0
  #sent: SentPacket[] = []
  #acknowledged = 0
  /** The window was full since the last acknowledgement: it, not the application, is the limit. */
  #filled = false
  #unackedBytes = 0
  #ackDueAt = Number.POSITIVE_INFINITY
  #lastHeardAt: number
  #lastSentAt: number
  #probeAfterMs: number = FIRST_PROBE_MS
  /** What was sent before then says nothing about the round trip. */
  #sleptUntil = Number.NEGATIVE_INFINITY

  constructor(id: number, now: number, ready: boolean) {
    this.id = id
    this.ready = ready
    this.#lastHeardAt = now
    this.#lastSentAt = now
  }

  /** Whether anything may be sent, now or once there is room. */
  get isUsable(): boolean {
    return this.ready && !this.suspect && !this.closing
  }

  /** Bytes that may be sent now. None rather than few: a whole packet would go over the window by most of itself. */
  get room(): number {
    return this.isUsable && !this.#isFull ? this.#window.bytes - this.inFlight : 0
  }

  /** The same for what is urgent and small: a full window is not to hold it up. */
  get urgentRoom(): number {
    return this.isUsable ? this.#window.bytes + URGENT_BYTES - this.inFlight : 0
  }

  /** Largest packet to send here. */
  get packetBytes(): number {
    return this.#window.packetBytes
  }

  /** Smoothed, in milliseconds. */
  get roundTripMs(): number {
    return this.#window.roundTripMs
  }

  /** Times that the carrier was found to hold back what the line would take; see {@link Starvation}. */
  get starvations(): number {
    return this.#starvation.count
  }

  /** When a packet of `bytes` sent now would arrive, in milliseconds from now. */
  predictArrival(bytes: number): number {
    return this.roundTripMs / 2 + (this.inFlight + bytes) / this.#window.rate
  }

  /** True when something must be sent on this very path, whatever else there is to send. */
  owes(now: number): boolean {
    return this.ready && (this.#ackDueAt <= now || this.pongs.length > 0 || this.pingDue(now))
  }

  pingDue(now: number): boolean {
    return now >= this.#pingAt
  }

  /** True when there are packets to acknowledge, due or not; an outgoing packet takes the ACK along. */
  get hasUnacked(): boolean {
    return this.received > this.#acknowledged
  }

  /** Books one authentic packet of `bytes`; whether it wants an acknowledgement, and more than that. */
  receive(bytes: number, { asks, carries }: { asks: boolean; carries: boolean }, now: number): void {
    this.received += 1
    this.#lastHeardAt = now
    if (carries) this.#probeAfterMs = FIRST_PROBE_MS
    if (!asks) return
    this.#unackedBytes += bytes
    if (this.#unackedBytes >= ACK_EVERY_BYTES) this.#ackDueAt = now
    else this.#ackDueAt = Math.min(this.#ackDueAt, now + ACK_DELAY_MS)
  }

  /** Books an ACK of everything received so far as sent. */
  acknowledge(): number {
    this.#acknowledged = this.received
    this.#unackedBytes = 0
    this.#ackDueAt = Number.POSITIVE_INFINITY
    return this.received
  }

  /** Books a PING as sent. */
  probed(): void {
    this.#probeAfterMs = Math.min(this.#probeAfterMs * 2, KEEP_ALIVE_MS)
  }

  /** Books one packet as sent. Packets without receipts ask for no acknowledgement and are not in flight. */
  send(bytes: number, receipts: readonly Receipt[], now: number): void {
    const number = this.#nextNumber
    this.#nextNumber += 1
    this.#lastSentAt = now
    if (receipts.length === 0) return
    if (this.#sent.length === 0) {
      this.#deliveredAt = now
      this.#window.begin(this.#delivered, now)
    }
    this.inFlight += bytes
    this.#sent.push({
      number,
      bytes,
      sentAt: now,
      receipts,
      requeued: false,
    })
    this.#filled ||= this.#isFull
  }

  get #isFull(): boolean {
    return this.#window.bytes - this.inFlight < this.packetBytes / 2
  }

  /** The other side has received `count` packets. False if it cannot have: so many were never sent. */
  acked(count: number, now: number): boolean {
    if (count > this.#nextNumber) return false
    const latenessMs = now - this.#nextDeliveryAt
    let done = 0
    for (const packet of this.#sent) {
      if (packet.number >= count) break
      done += 1
      this.inFlight -= packet.bytes
      this.#delivered += packet.bytes
      if (packet.requeued) continue
      for (const receipt of packet.receipts) receipt.acked()
    }
    const newest = this.#sent[done - 1]
    if (newest === undefined) return true
    this.#sent.splice(0, done)
    this.suspect = false
    this.#deliveredAt = now
    const filled = this.#filled
    this.#filled = false
    if (newest.sentAt < this.#sleptUntil) return true
    this.#window.sample({ delivered: this.#delivered, sentAt: newest.sentAt, filled }, now)
    const { leastRoundTripMs, isGrowing } = this.#window
    // The rate was overrated, say by what a limit let through in its first burst: what comes late proves nothing then.
    const isStanding = this.roundTripMs > STANDING_ROUND_TRIPS * leastRoundTripMs
    this.#starvation.delivered(
      { latenessMs, roundTripMs: leastRoundTripMs, steady: filled && !isGrowing && !isStanding },
      now,
    )
    return true
  }

  /** This side has not run for a while before `now`: neither that silence nor that delay is the path's. */
  slept(now: number): void {
    this.#sleptUntil = now
    this.#lastHeardAt = now
    this.#deliveredAt = now
    this.#probeAfterMs = FIRST_PROBE_MS
    this.#window.begin(this.#delivered, now)
  }

  /** Tells the receipts of everything in flight that it is lost, once. */
  requeue(): void {
    for (const packet of this.#sent) {
      if (packet.requeued) continue
      packet.requeued = true
      for (const receipt of packet.receipts) receipt.lost()
    }
  }

  /** When the oldest packet in flight should arrive: it was sent a round trip before, and the one before it has arrived. */
  get #nextDeliveryAt(): number {
    const oldest = this.#sent[0]
    if (oldest === undefined) return Number.POSITIVE_INFINITY
    const { leastRoundTripMs, rate } = this.#window
    return Math.max(this.#deliveredAt, oldest.sentAt + leastRoundTripMs) + oldest.bytes / rate
  }

  /** When silence with data in flight makes the path suspect; infinite with nothing in flight. */
  get suspectAt(): number {
    return this.#silentSince + this.#suspectAfterMs
  }

  /** When that silence makes it dead. */
  get deadAt(): number {
    return this.#silentSince + Math.min(Math.max(PATH_DEAD_MS, 3 * this.roundTripMs), MOST_SILENCE_MS)
  }

  /** When `owes` or the verdict on its silence may change next. */
  get deadline(): number {
    return Math.min(this.#ackDueAt, this.#pingAt, this.suspect ? this.deadAt : this.suspectAt)
  }

  get #suspectAfterMs(): number {
    // Not the smoothed one: a queue that is seconds long still moves, so something comes all the time.
    return Math.max(3 * Math.min(this.roundTripMs, this.#window.leastRoundTripMs), PATH_SUSPECT_MS)
  }

  get #silentSince(): number {
    const oldest = this.#sent[0]
    return oldest === undefined ? Number.POSITIVE_INFINITY : Math.max(oldest.sentAt, this.#lastHeardAt)
  }

  get #pingAt(): number {
    const idle = this.ready && this.#sent.length === 0
    return idle
      ? Math.max(this.#lastHeardAt, this.#lastSentAt) + this.#probeAfterMs
      : Number.POSITIVE_INFINITY
  }
}
