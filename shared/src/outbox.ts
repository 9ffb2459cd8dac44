import type { ReceiveCredit } from './credit.ts'
import { type FrameWriter, MAX_CONTROL_FRAME_BYTES } from './frame.ts'
import { NO_RECEIPT, type Receipt } from './path.ts'
import type { StreamState } from './stream-state.ts'

/** Lost paths that wait to be told; a session with more has other troubles. */
const MAX_LOST_PATHS = 32

/**
 * What a session has to send, on whatever path has room: its own frames first, then streams' control frames, then their
 * data, a stream at a time. Whatever is lost with its path comes back here.
 */
export class Outbox {
  /** Streams with control frames to send. */
  readonly #urgent: Set<StreamState> = new Set()
  /** Streams with a little data to send, now and then. */
  readonly #sparse: Set<StreamState> = new Set()
  /** Streams with more of it, next in turn first. */
  readonly #ready: Set<StreamState> = new Set()
  /** Streams that wait for the session's credit. */
  readonly #blocked: Set<StreamState> = new Set()
  /** Paths that died here, with what they had received. */
  readonly #lostPaths: Map<number, number> = new Map()
  /** Paths on which what was sent came late. */
  readonly #stalledPaths: Set<number> = new Set()
  readonly #receiveCredit: ReceiveCredit
  readonly #wake: () => void
  #windowDue = false
  #goAwayDue = false

  /** `wake` is called whenever there is something new to send. */
  constructor(receiveCredit: ReceiveCredit, wake: () => void) {
    this.#receiveCredit = receiveCredit
    this.#wake = wake
  }

  /** Something waits that is small and goes before everything else. */
  get hasUrgent(): boolean {
    return (
      this.#urgent.size > 0 ||
      this.#sparse.size > 0 ||
      this.#windowDue ||
      this.#goAwayDue ||
      this.#lostPaths.size > 0 ||
      this.#stalledPaths.size > 0
    )
  }

  get hasData(): boolean {
    return this.#ready.size > 0
  }

  /** `stream` has something to send. */
  add(stream: StreamState): void {
    if (stream.hasControl) this.#urgent.add(stream)
    this.#queueData(stream)
    this.#wake()
  }

  remove(stream: StreamState): void {
    this.#urgent.delete(stream)
    this.#sparse.delete(stream)
    this.#ready.delete(stream)
    this.#blocked.delete(stream)
  }

  /** The other side is to be told how much of a dead path came through. */
  tellLostPath(pathId: number, received: number): void {
    this.#lostPaths.set(pathId, received)
    const [oldest] = this.#lostPaths.keys()
    if (oldest !== undefined && this.#lostPaths.size > MAX_LOST_PATHS) this.#lostPaths.delete(oldest)
    this.#wake()
  }

  /** The other side is to be told that a path stalls. */
  tellStall(pathId: number): void {
    this.#stalledPaths.add(pathId)
    this.#wake()
  }

  tellWindow(): void {
    this.#windowDue = true
    this.#wake()
  }

  tellGoAway(): void {
    this.#goAwayDue = true
    this.#wake()
  }

  /** The session's credit has been raised from nothing. */
  unblock(): void {
    const waiting = [...this.#blocked]
    this.#blocked.clear()
    for (const stream of waiting) this.#queueData(stream)
    this.#wake()
  }

  clear(): void {
    this.#urgent.clear()
    this.#sparse.clear()
    this.#ready.clear()
    this.#blocked.clear()
    this.#lostPaths.clear()
    this.#stalledPaths.clear()
    this.#windowDue = false
    this.#goAwayDue = false
  }

  /** OPEN frames alone: what may go out before the session stands. */
  writeOpens(writer: FrameWriter, receipts: Receipt[]): void {
    this.#writeEach(writer, (stream) => stream.writeOpen(writer, receipts))
  }

  /** `roundTripMs` paces the growth of windows. */
  writeControl(writer: FrameWriter, receipts: Receipt[], now: number, roundTripMs: number): void {
    for (const [pathId, received] of this.#lostPaths) {
      this.#lostPaths.delete(pathId)
      writer.pathLost(pathId, received)
      receipts.push({ ...NO_RECEIPT, lost: () => this.tellLostPath(pathId, received) })
    }
    for (const pathId of this.#stalledPaths) {
      this.#stalledPaths.delete(pathId)
      writer.stall(pathId)
      // One that is lost is soon followed by another.
      receipts.push(NO_RECEIPT)
    }
    if (this.#goAwayDue) {
      this.#goAwayDue = false
      writer.goAway()
      receipts.push({ ...NO_RECEIPT, lost: () => this.tellGoAway() })
    }
    if (this.#windowDue) {
      this.#windowDue = false
      writer.window(0, this.#receiveCredit.raise(now, roundTripMs, false))
      receipts.push({ ...NO_RECEIPT, lost: () => this.tellWindow() })
    }
    this.#writeEach(writer, (stream) => stream.writeControl(writer, receipts, now, roundTripMs))
  }

  /** What streams have to say that say little. */
  writeSparse(writer: FrameWriter, receipts: Receipt[]): void {
    this.#writeInTurn(this.#sparse, writer, receipts)
  }

  /** A quantum of each stream's data in turn, as long as there is room. */
  writeData(writer: FrameWriter, receipts: Receipt[]): void {
    this.#writeInTurn(this.#ready, writer, receipts)
  }

  #writeInTurn(streams: Set<StreamState>, writer: FrameWriter, receipts: Receipt[]): void {
    for (const stream of streams) {
      if (writer.room < MAX_CONTROL_FRAME_BYTES) return
      streams.delete(stream)
      stream.writeData(writer, receipts)
      // Behind the others, if it still has data.
      this.#queueData(stream)
    }
  }

  #writeEach(writer: FrameWriter, write: (stream: StreamState) => void): void {
    for (const stream of this.#urgent) {
      if (writer.room < MAX_CONTROL_FRAME_BYTES) return
      write(stream)
      if (!stream.hasControl) this.#urgent.delete(stream)
    }
  }

  #queueData(stream: StreamState): void {
    if (stream.hasData) this.#queue(stream)
    else if (stream.waitsForSession) this.#blocked.add(stream)
  }

  /** A stream changes its place with what it has to send. */
  #queue(stream: StreamState): void {
    const [place, other] = stream.isSparse ? [this.#sparse, this.#ready] : [this.#ready, this.#sparse]
    other.delete(stream)
    place.add(stream)
  }
}
