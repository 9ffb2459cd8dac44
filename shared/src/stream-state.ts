import { INITIAL_STREAM_WINDOW_BYTES } from './constants.ts'
import { ReceiveCredit, SendCredit } from './credit.ts'
import { checkDatagram, type Datagram } from './datagram.ts'
import { type ErrorCode, FootbridgeError } from './errors.ts'
import { DATA_OVERHEAD_BYTES, type FrameWriter, MAX_CONTROL_FRAME_BYTES } from './frame.ts'
import type { Receipt } from './path.ts'
import { Reassembly } from './reassembly.ts'
import { SendBuffer } from './send-buffer.ts'
import {
  errorCodeOfReset,
  ResetCode,
  type SessionStream,
  type SessionStreamListener,
} from './session-stream.ts'
import type { Target } from './target.ts'

/** What a stream needs of its session. */
export interface StreamOwner {
  readonly sendCredit: SendCredit
  readonly receiveCredit: ReceiveCredit
  /** No path is left, and the client may never come back: no more is to be taken from targets for it. */
  readonly orphaned: boolean
  /** Bytes that the session's streams have queued and not sent; each stream keeps its share of these accounts. */
  queuedBytes: number
  /** Memory that they hold for what was written and is not acknowledged. */
  unackedBytes: number
  /** What the gaps in what they received cost besides the bytes. */
  gapBytes: number
  /** `stream` has something to send. */
  wake(stream: StreamState): void
  /** The application took `bytes`, or they will never be taken. */
  consumed(bytes: number): void
  /** Both directions are over and everything is acknowledged. */
  finished(stream: StreamState): void
  sendDatagram(stream: StreamState, datagram: Datagram): void
}

/** Bytes that `write` takes before it asks the application to wait: enough for what one turn of the event loop sends … */
const SEND_BUFFER_BYTES = 131_072
/** … and at most so many more than the credit lets go, to have something at hand when it is raised … */
const LOOKAHEAD_BYTES = 16_384
/**
 * … and how few once the streams of the session together have as many queued as its credit lets go, or this many: a client
 * that reads nothing must not fill the egress.
 */
const LEAST_SEND_BUFFER_BYTES = 16_384
const SESSION_SEND_BUFFER_BYTES = 8_388_608
/** Largest receive window of one stream. */
const MAX_STREAM_WINDOW_BYTES = 4_194_304
/** A stream with no more than this to send, and few pieces on their way, is somebody typing, not a bulk transfer. */
const SPARSE_BYTES = 2_048
const SPARSE_PIECES = 8
/** Data of one stream in one packet before the next stream has its turn. */
const QUANTUM_BYTES = 32_768

/** What a DATA frame costs until it is acknowledged, and a gap until it is filled, however few bytes they hold. */
const PIECE_COST_BYTES = 512
const GAP_COST_BYTES = 512

/** Control frames that a stream has yet to send. */
const Need = { open: 1, opened: 2, fin: 4, reset: 8, window: 16 } as const

/** Bytes of a stream that were sent and may have to be sent again. */
interface Piece {
  readonly offset: number
  readonly length: number
}

/** One stream's two directions, without I/O or clock. */
export class StreamState implements SessionStream {
  readonly id: number
  #target: Target | undefined
  readonly #owner: StreamOwner
  #listener: SessionStreamListener = {}
  #needs = 0
  #failure: ErrorCode | undefined

  /** What was written, until it is acknowledged. */
  readonly #outgoing: SendBuffer = new SendBuffer()
  readonly #sendCredit: SendCredit = new SendCredit(INITIAL_STREAM_WINDOW_BYTES)
  readonly #resends: Piece[] = []
  #resetCode: ResetCode | undefined
  /** DATA frames sent and neither acknowledged nor lost. */
  #piecesInFlight = 0
  #ended = false
  #finAcked = false
  #resetAcked = false
  /** The application was told that there is no room. */
  #waiting = false

  readonly #incoming: Reassembly = new Reassembly()
  readonly #receiveCredit: ReceiveCredit = new ReceiveCredit(
    INITIAL_STREAM_WINDOW_BYTES,
    MAX_STREAM_WINDOW_BYTES,
  )
  /** Length of the other side's direction, once FIN or RESET told it. */
  #finalOffset: number | undefined
  #receiveDone = false
  /** Client: OPENED came. It may come again, on another path. */
  #opened = false
  /** What the application took last and may still hold; it counts as consumed when it comes for more. */
  #lentBytes = 0

  constructor(id: number, target: Target | undefined, owner: StreamOwner) {
    this.id = id
    this.#target = target
    this.#owner = owner
  }

  // ---- the application's side

  get target(): Target {
    if (this.#target === undefined) throw new FootbridgeError('protocol', 'the stream is not open yet')
    return this.#target
  }

  listen(listener: SessionStreamListener): void {
    this.#listener = listener
  }

  read(): Uint8Array | null | undefined {
    this.#returnLent()
    const bytes = this.#incoming.read()
    if (bytes !== undefined) {
      this.#lentBytes = bytes.length
      return bytes
    }
    if (this.#failure !== undefined || this.#incoming.contiguous !== this.#finalOffset) return undefined
    this.#receiveDone = true
    this.#finishIfOver()
    return null
  }

  get writableBytes(): number {
    const bytes = Math.max(0, this.#sendBuffer - this.#queuedBytes)
    // The session's other streams may have taken the room: whoever sees none is told of it, written or not.
    if (bytes === 0) this.#waiting = true
    return bytes
  }

  write(bytes: Uint8Array): void {
    if (this.#ended || this.#failure !== undefined || bytes.length === 0) return
    const heldBefore = this.#outgoing.heldBytes
    this.#outgoing.push(bytes)
    this.#owner.unackedBytes += this.#outgoing.heldBytes - heldBefore
    this.#owner.queuedBytes += bytes.length
    this.#owner.wake(this)
  }

  end(): void {
    if (this.#ended || this.#failure !== undefined) return
    this.#ended = true
    this.#need(Need.fin)
  }

  accept(): void {
    if (this.#failure === undefined) this.#need(Need.opened)
  }

  sendDatagram(datagram: Datagram): void {
    const checked = checkDatagram(datagram)
    if (this.#failure === undefined) this.#owner.sendDatagram(this, checked)
  }

  reset(code: ResetCode): void {
    if (this.#failure !== undefined || this.#over) return
    this.#sendReset(code)
    this.#drop('aborted')
  }

  // ---- the session's side

  /** Client: asks for OPEN to be sent. */
  requestOpen(): void {
    this.#need(Need.open)
  }

  /** Egress: OPEN came. False if it had come before, or the client's RESET has overtaken it. */
  receiveOpen(target: Target): boolean {
    if (this.#target !== undefined || this.#failure !== undefined) return false
    this.#target = target
    return true
  }

  receiveOpened(): void {
    if (this.#opened || this.#failure !== undefined) return
    this.#opened = true
    this.#listener.opened?.()
  }

  /** Throws `protocol` when more comes than credit or final length allow. */
  receiveData(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (this.#finalOffset !== undefined && end > this.#finalOffset) {
      throw new FootbridgeError('protocol', 'data came past the end of a stream')
    }
    this.#account(end)
    if (this.#failure !== undefined) return
    const before = this.#incoming.readyBytes
    const gapsBefore = this.#incoming.gaps
    this.#incoming.insert(offset, bytes)
    this.#owner.gapBytes += (this.#incoming.gaps - gapsBefore) * GAP_COST_BYTES
    if (before === 0 && (this.#incoming.readyBytes > 0 || this.#atEnd)) this.#listener.readable?.()
  }

  receiveDatagram(datagram: Datagram): void {
    if (this.#failure === undefined) this.#listener.datagram?.(datagram)
  }

  receiveFin(offset: number): void {
    const repeated = this.#finalOffset !== undefined
    this.#setFinalOffset(offset)
    if (repeated) return
    if (this.#failure !== undefined) this.#receiveDone = true
    else if (this.#atEnd) this.#listener.readable?.()
    this.#finishIfOver()
  }

  receiveReset(code: number, offset: number): void {
    const failed = this.#failure !== undefined
    this.#setFinalOffset(offset)
    this.#receiveDone = true
    if (!failed) {
      const reason = errorCodeOfReset(code)
      if (!this.#sendDone) this.#sendReset(ResetCode.aborted)
      this.#drop(reason)
      this.#listener.failed?.(reason)
    }
    this.#finishIfOver()
  }

  receiveWindow(limit: number): void {
    const blocked = this.#sendCredit.raise(limit)
    this.tellIfWritable()
    if (blocked && this.#queuedBytes > 0) this.#owner.wake(this)
  }

  /** Has an application that waits for room go on, if there is some now. */
  tellIfWritable(): void {
    if (!this.#waiting || this.#queuedBytes > this.#sendBuffer / 2 || this.#sendBuffer === 0) return
    this.#waiting = false
    this.#listener.writable?.()
  }

  /** The session is over. */
  fail(code: ErrorCode): void {
    if (this.#failure !== undefined || this.#over) return
    this.#drop(code)
    this.#listener.failed?.(code)
  }

  /** True when a control frame waits. */
  get hasControl(): boolean {
    return (this.#needs & ~Need.fin) !== 0
  }

  /** True when `writeData` would write something. */
  get hasData(): boolean {
    return (
      this.#resends.length > 0 || this.#finDue || (this.#sendable && this.#owner.sendCredit.available > 0)
    )
  }

  /** True when what it has to send is so little, and so seldom, that it goes before everybody else's. */
  get isSparse(): boolean {
    return (
      this.#queuedBytes <= SPARSE_BYTES && this.#piecesInFlight < SPARSE_PIECES && this.#resends.length === 0
    )
  }

  /** True when only the session's credit keeps data from being sent. */
  get waitsForSession(): boolean {
    return this.#sendable && !this.hasData
  }

  /** Writes what fits of the data to be sent, at most a quantum, and FIN behind the last of it. */
  writeData(writer: FrameWriter, receipts: Receipt[]): void {
    let quantum = QUANTUM_BYTES
    while (quantum > 0 && writer.room > DATA_OVERHEAD_BYTES) {
      const room = Math.min(writer.room - DATA_OVERHEAD_BYTES, quantum)
      const piece = this.#takeResend(room) ?? this.#takeNew(room)
      if (piece === undefined) break
      this.#outgoing.copy(piece.offset, writer.dataSpace(this.id, piece.offset, piece.length))
      this.#piecesInFlight += 1
      receipts.push({ acked: () => this.#pieceAcked(piece), lost: () => this.#pieceLost(piece) })
      quantum -= piece.length
    }
    if (this.#finDue && writer.room >= MAX_CONTROL_FRAME_BYTES) {
      writer.fin(this.id, this.#sendCredit.sent)
      this.#sentControl(Need.fin, receipts)
    }
    // Last, since whoever hears of it may do anything, such as reset the stream.
    this.tellIfWritable()
  }

  /** Writes OPEN only: what a session may send before it stands. */
  writeOpen(writer: FrameWriter, receipts: Receipt[]): void {
    if (
      (this.#needs & Need.open) === 0 ||
      this.#target === undefined ||
      writer.room < MAX_CONTROL_FRAME_BYTES
    )
      return
    writer.open(this.id, this.#target)
    this.#sentControl(Need.open, receipts)
  }

  /** Writes the control frames that wait, if they fit. `roundTripMs` paces the growth of the window. */
  writeControl(writer: FrameWriter, receipts: Receipt[], now: number, roundTripMs: number): void {
    if (writer.room < MAX_CONTROL_FRAME_BYTES) return
    this.writeOpen(writer, receipts)
    if (this.#needs & Need.opened) {
      writer.opened(this.id)
      this.#sentControl(Need.opened, receipts)
    }
    if (this.#needs & Need.reset && this.#resetCode !== undefined) {
      writer.reset(this.id, this.#resetCode, this.#sendCredit.sent)
      this.#sentControl(Need.reset, receipts)
    }
    if (this.#needs & Need.window) {
      const caughtUp = this.#incoming.readyBytes === 0
      writer.window(this.id, this.#receiveCredit.raise(now, roundTripMs, caughtUp))
      this.#sentControl(Need.window, receipts)
    }
  }

  /** Bytes written and not sent. */
  get #queuedBytes(): number {
    return this.#outgoing.end - this.#sendCredit.sent
  }

  /** Bytes that may be queued. */
  get #sendBuffer(): number {
    const { orphaned, queuedBytes, sendCredit } = this.#owner
    if (orphaned) return 0
    const plenty = queuedBytes < Math.min(SESSION_SEND_BUFFER_BYTES, sendCredit.available)
    const share = plenty ? SEND_BUFFER_BYTES : LEAST_SEND_BUFFER_BYTES
    return Math.min(share, this.#sendCredit.available + LOOKAHEAD_BYTES)
  }

  get #sendable(): boolean {
    return this.#queuedBytes > 0 && this.#sendCredit.available > 0
  }

  get #finDue(): boolean {
    return (this.#needs & Need.fin) !== 0 && this.#queuedBytes === 0
  }

  get #atEnd(): boolean {
    return this.#incoming.readyBytes === 0 && this.#incoming.contiguous === this.#finalOffset
  }

  #takeResend(room: number): Piece | undefined {
    const first = this.#resends[0]
    if (first === undefined) return undefined
    if (first.length <= room) {
      this.#resends.shift()
      return first
    }
    this.#owner.unackedBytes += PIECE_COST_BYTES
    this.#resends[0] = { offset: first.offset + room, length: first.length - room }
    return { offset: first.offset, length: room }
  }

  #takeNew(room: number): Piece | undefined {
    const session = this.#owner.sendCredit
    const length = Math.min(room, this.#queuedBytes, this.#sendCredit.available, session.available)
    if (length <= 0) return undefined
    const offset = this.#sendCredit.sent
    this.#sendCredit.sent += length
    session.sent += length
    this.#owner.queuedBytes -= length
    this.#owner.unackedBytes += PIECE_COST_BYTES
    return { offset, length }
  }

  #pieceAcked({ offset, length }: Piece): void {
    this.#piecesInFlight -= 1
    this.#owner.unackedBytes -= PIECE_COST_BYTES
    if (this.#failure === undefined) this.#release(offset, length)
    this.#finishIfOver()
  }

  #pieceLost(piece: Piece): void {
    this.#piecesInFlight -= 1
    if (this.#failure !== undefined) {
      this.#owner.unackedBytes -= PIECE_COST_BYTES
      return
    }
    this.#resends.push(piece)
    this.#owner.wake(this)
  }

  #release(offset: number, length: number): void {
    const heldBefore = this.#outgoing.heldBytes
    this.#outgoing.release(offset, length)
    this.#owner.unackedBytes += this.#outgoing.heldBytes - heldBefore
  }

  #need(bit: number): void {
    this.#needs |= bit
    this.#owner.wake(this)
  }

  #sentControl(bit: number, receipts: Receipt[]): void {
    this.#needs &= ~bit
    receipts.push({
      acked: () => {
        if (bit === Need.fin) this.#finAcked = true
        if (bit === Need.reset) this.#resetAcked = true
        this.#finishIfOver()
      },
      lost: () => {
        if (this.#failure === undefined || bit === Need.reset) this.#need(bit)
      },
    })
  }

  #sendReset(code: ResetCode): void {
    this.#resetCode = code
    this.#need(Need.reset)
  }

  /** Lets go of everything held; only RESET may still be sent. */
  #drop(code: ErrorCode): void {
    this.#failure = code
    this.#needs &= Need.reset
    this.#owner.queuedBytes -= this.#queuedBytes
    this.#owner.unackedBytes -= this.#outgoing.heldBytes + this.#resends.length * PIECE_COST_BYTES
    this.#outgoing.clear(this.#sendCredit.sent)
    this.#resends.length = 0
    this.#owner.gapBytes -= this.#incoming.gaps * GAP_COST_BYTES
    this.#incoming.clear()
    this.#lentBytes = 0
    this.#owner.consumed(this.#receiveCredit.received - this.#receiveCredit.consumed)
    this.#receiveCredit.consumed = this.#receiveCredit.received
    if (this.#finalOffset !== undefined) this.#receiveDone = true
  }

  /** Returns the credit of what the application took last. */
  #returnLent(): void {
    const bytes = this.#lentBytes
    if (bytes === 0) return
    this.#lentBytes = 0
    this.#receiveCredit.consumed += bytes
    this.#owner.consumed(bytes)
    if (this.#finalOffset === undefined && this.#receiveCredit.raiseDue) this.#need(Need.window)
  }

  #setFinalOffset(offset: number): void {
    const known = this.#finalOffset
    if ((known !== undefined && known !== offset) || offset < this.#receiveCredit.received) {
      throw new FootbridgeError('protocol', 'a stream changed its length')
    }
    this.#finalOffset = offset
    this.#account(offset)
  }

  /** Books that the other side sent up to `offset`, in stream and session. */
  #account(offset: number): void {
    const fresh = this.#receiveCredit.receive(offset)
    if (fresh === 0) return
    const session = this.#owner.receiveCredit
    session.receive(session.received + fresh)
    if (this.#failure === undefined) return
    this.#receiveCredit.consumed += fresh
    this.#owner.consumed(fresh)
  }

  get #sendDone(): boolean {
    // What was in flight at a reset is not sent again, so that nothing but RESET tells the other side of the end.
    if (this.#resetCode !== undefined) return this.#resetAcked
    return this.#finAcked && this.#piecesInFlight === 0 && this.#resends.length === 0
  }

  get #over(): boolean {
    return this.#sendDone && this.#receiveDone
  }

  #finishIfOver(): void {
    if (this.#over) this.#owner.finished(this)
  }
}
