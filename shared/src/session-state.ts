import { CloseCode as Close, type CloseCode } from './carrier.ts'
import { INITIAL_SESSION_WINDOW_BYTES, MAX_PATHS, MAX_STREAMS, RESUME_TIMEOUT_MS } from './constants.ts'
import { ReceiveCredit, SendCredit } from './credit.ts'
import type { Datagram } from './datagram.ts'
import { DatagramQueue } from './datagram-queue.ts'
import { type ErrorCode, FootbridgeError } from './errors.ts'
import { type Frame, FrameWriter, readFrames } from './frame.ts'
import { Outbox } from './outbox.ts'
import { MAX_PAYLOAD_BYTES, PACKET_OVERHEAD_BYTES } from './packet.ts'
import { NO_RECEIPT, PathState, type Receipt } from './path.ts'
import { choosePath, chooseUrgentPath, quickestRoundTrip } from './scheduler.ts'
import { ResetCode } from './session-stream.ts'
import type { StreamOwner, StreamState } from './stream-state.ts'
import { StreamTable } from './stream-table.ts'
import type { Target } from './target.ts'

/** Why a session ended, as it travels in CLOSE. */
export const SessionCloseCode = { done: 0, protocol: 1, limit: 2, shutdown: 3, timeout: 4 } as const
export type SessionCloseCode = (typeof SessionCloseCode)[keyof typeof SessionCloseCode]

export interface SessionEvents {
  /** There may be something to `poll`. Called from within any other method; answer later, not at once. */
  wake(): void
  /** Egress: a client asks for a target. */
  stream(stream: StreamState): void
  /** A path has fallen silent with something in flight, or is well again. */
  pathSuspect(pathId: number, suspect: boolean): void
  /** Client: what one side sent on a path arrived late, as it does when the carrier loses packets and has to re-send them. */
  pathStalled(pathId: number): void
  /** A path is over; its carrier is to be closed with `code`. */
  pathDown(pathId: number, code: CloseCode): void
  /** The other side asks for no more streams: it will shut down. */
  goingAway(): void
  /** The session is over; every stream was told. `undefined` after a clean close. */
  closed(code: ErrorCode | undefined): void
}

/** Largest receive window of one session: what its streams together may have unread. */
const MAX_SESSION_WINDOW_BYTES = 16_777_216

/** Time that an egress keeps a session whose client has not been heard of since HELLO. */
const UNANSWERED_TIMEOUT_MS = 10_000

/** Called so long after its deadline, a side has not been running: its process was stopped, its tab frozen, its clock leapt. */
const ASLEEP_MS = 2_000

/** Where all sessions pack their frames: one at a time, and an egress with a thousand must not keep a thousand. */
const WRITER = new FrameWriter(MAX_PAYLOAD_BYTES)

/** Frames to be packed into one packet on one path; valid until the next call on any session. */
export interface Outgoing {
  readonly pathId: number
  readonly payload: Uint8Array
}

/**
 * The session between client and egress, without I/O, clock or randomness: packets' payloads and `now` in,
 * payloads and events out. It outlives every path; what was in flight on a path that died goes on another.
 * `now` is in milliseconds and never goes down.
 */
export class SessionState implements StreamOwner {
  readonly sendCredit: SendCredit = new SendCredit(INITIAL_SESSION_WINDOW_BYTES)
  readonly receiveCredit: ReceiveCredit = new ReceiveCredit(
    INITIAL_SESSION_WINDOW_BYTES,
    MAX_SESSION_WINDOW_BYTES,
  )
  queuedBytes = 0
  unackedBytes = 0
  gapBytes = 0
  readonly #role: 'client' | 'egress'
  readonly #events: SessionEvents
  readonly #paths: Map<number, PathState> = new Map()
  readonly #streams: StreamTable
  readonly #outbox: Outbox = new Outbox(this.receiveCredit, () => this.#events.wake())
  readonly #datagrams: DatagramQueue = new DatagramQueue()
  readonly #writer: FrameWriter = WRITER
  /** After the end: CLOSE, and the paths on which it has yet to go out. */
  #goodbye: { readonly code: SessionCloseCode; readonly pathIds: number[] } | undefined
  /** Urgent frames that go out a second time, on another path than the first: one that dies must not hold them up. */
  #copy: { readonly frames: Uint8Array; readonly pathId: number } | undefined
  #pingToken = 0
  /** Packets received on all paths. */
  #packets = 0
  #resumeUntil = Number.POSITIVE_INFINITY
  #closed = false

  constructor(role: 'client' | 'egress', events: SessionEvents) {
    this.#role = role
    this.#events = events
    this.#streams = new StreamTable(role, this)
  }

  /** Paths that are attached, for those who want to look. */
  get paths(): ReadonlyMap<number, Readonly<PathState>> {
    return this.#paths
  }

  get streamCount(): number {
    return this.#streams.size
  }

  /** Memory that it holds for the streams: what is to be sent, once or again, and what was received and not taken. */
  get heldBytes(): number {
    if (this.#closed) return 0
    const unread = this.receiveCredit.received - this.receiveCredit.consumed
    return this.unackedBytes + unread + this.gapBytes + this.#datagrams.heldBytes
  }

  get orphaned(): boolean {
    return this.#role === 'egress' && this.#paths.size === 0
  }

  get closed(): boolean {
    return this.#closed
  }

  // ---- streams

  /** Client: opens a stream. Throws `limit`, `closed`, or `malformed` and `too-large` for a target that cannot be one. */
  open(target: Target): StreamState {
    if (this.#closed) throw new FootbridgeError('closed', 'the session is closed')
    const stream = this.#streams.open(target)
    stream.requestOpen()
    return stream
  }

  // ---- paths

  /**
   * Adds a path. One that is not `ready` carries nothing but its packet 0 until `pathReady`. Throws `limit`.
   */
  addPath(pathId: number, now: number, ready: boolean): void {
    if (this.#paths.size >= MAX_PATHS) {
      throw new FootbridgeError('limit', `a session has at most ${MAX_PATHS} paths`)
    }
    this.#paths.set(pathId, new PathState(pathId, now, ready))
    this.#resumeUntil = Number.POSITIVE_INFINITY
    if (this.#paths.size === 1) this.#streams.tellWritable()
    this.#events.wake()
  }

  /** A path may be used: it has its keys. */
  pathReady(pathId: number): void {
    const path = this.#paths.get(pathId)
    if (path !== undefined) path.ready = true
    this.#requeueSilent()
    this.#events.wake()
  }

  /** The carrier of a path is gone: the other side is told, and what was in flight is sent again elsewhere. */
  losePath(pathId: number, now: number): void {
    const path = this.#paths.get(pathId)
    if (path === undefined) return
    this.abandonPath(pathId, now)
    // One that never got ready means nothing to the other side, or worse: the path of the next handshake has its id.
    if (!path.ready) return
    this.#outbox.tellLostPath(pathId, path.received)
  }

  /** Lets go of a path that the other side does not know or has given up itself. */
  abandonPath(pathId: number, now: number): void {
    const path = this.#paths.get(pathId)
    if (path === undefined) return
    this.#paths.delete(pathId)
    path.requeue()
    if (this.#paths.size === 0) this.#resumeUntil = now + this.#patienceMs
    this.#events.wake()
  }

  /**
   * Takes the payload of one authentic packet of `bytes` on the wire. A payload against the protocol closes the session.
   */
  receive(pathId: number, payload: Uint8Array, bytes: number, now: number): void {
    const path = this.#paths.get(pathId)
    if (path === undefined || this.#closed) return
    this.#noticeSleep(now)
    this.#packets += 1
    try {
      const frames = readFrames(payload)
      // Packet 0 always asks: the answer to HELLO or JOIN may hold nothing but an ACK, and is in flight until we say so.
      const asks = path.received === 0 || frames.some(asksForAck)
      path.receive(bytes, { asks, carries: frames.some(carriesContent) }, now)
      for (const frame of frames) {
        if (this.#closed) return
        this.#receiveFrame(path, frame, now)
      }
    } catch (error) {
      if (!(error instanceof FootbridgeError)) throw error
      this.close(error.code === 'limit' ? SessionCloseCode.limit : SessionCloseCode.protocol)
    }
    this.#events.wake()
  }

  // ---- time

  /** When `tick` wants to be called at the latest; infinite when there is nothing to wait for. */
  get deadline(): number {
    if (this.#closed) return Number.POSITIVE_INFINITY
    let deadline = this.#resumeUntil
    for (const path of this.#paths.values()) deadline = Math.min(deadline, path.deadline)
    return deadline
  }

  /** Draws the conclusions of time passing. */
  tick(now: number): void {
    if (this.#closed) return
    this.#noticeSleep(now)
    for (const path of [...this.#paths.values()]) this.#judge(path, now)
    if (this.#paths.size === 0 && now >= this.#resumeUntil) this.#end('session-lost')
  }

  // ---- sending

  /** The next packet to send, if there is one and a path has room for it. */
  poll(now: number): Outgoing | undefined {
    if (this.#goodbye !== undefined) return this.#packGoodbye(this.#goodbye)
    if (this.#closed) return undefined
    for (const path of this.#paths.values()) {
      if (path.owes(now)) return this.#pack(path, now)
    }
    if (this.#copy !== undefined) return this.#packCopy(this.#copy, now)
    if (this.#outbox.hasUrgent) {
      const path = chooseUrgentPath(this.#paths.values())
      if (path !== undefined) return this.#pack(path, now)
    }
    if (!this.#outbox.hasData && this.#datagrams.isEmpty) return undefined
    const path = choosePath(this.#paths.values())
    if (path === undefined) return undefined
    return this.#datagrams.takesTurn(this.#outbox.hasData)
      ? this.#packDatagrams(path, now)
      : this.#pack(path, now)
  }

  /** Packet 0 of a path: whatever fits, even nothing. With `openOnly`, only OPEN frames, for HELLO. */
  pollFirst(pathId: number, now: number, options: { capacity: number; openOnly: boolean }): Uint8Array {
    const path = this.#paths.get(pathId)
    if (path === undefined) throw new FootbridgeError('protocol', 'there is no such path')
    const writer = this.#writer
    writer.clear(options.capacity)
    const receipts: Receipt[] = []
    if (options.openOnly) {
      this.#outbox.writeOpens(writer, receipts)
    } else {
      if (path.hasUnacked) writer.ack(path.id, path.acknowledge())
      this.#outbox.writeControl(writer, receipts, now, this.#quickestRoundTrip)
    }
    // Packet 0 asks for an acknowledgement even if it is empty: it is what shows that the path works.
    receipts.push(NO_RECEIPT)
    path.send(writer.length + PACKET_OVERHEAD_BYTES, receipts, now)
    return writer.payload()
  }

  /** The egress did not act on the early frames of path 0: they count as lost, the path goes on. */
  requeueEarly(pathId: number): void {
    this.#paths.get(pathId)?.requeue()
    this.#events.wake()
  }

  // ---- the end

  /** Egress: asks the client to open no more streams here. */
  goAway(): void {
    this.#outbox.tellGoAway()
  }

  /** Ends the session. CLOSE goes out on every path with the next `poll`s; streams are told now. */
  close(code: SessionCloseCode): void {
    if (this.#closed) return
    const ready = [...this.#paths.values()].filter((path) => path.ready)
    this.#goodbye = { code, pathIds: ready.map(({ id }) => id) }
    this.#end(code === SessionCloseCode.done ? undefined : 'session-lost')
  }

  // ---- what streams ask for (StreamOwner)

  wake(stream: StreamState): void {
    this.#outbox.add(stream)
  }

  consumed(bytes: number): void {
    this.receiveCredit.consumed += bytes
    if (this.receiveCredit.raiseDue) this.#outbox.tellWindow()
  }

  finished(stream: StreamState): void {
    this.#streams.delete(stream)
    this.#outbox.remove(stream)
  }

  sendDatagram(stream: StreamState, datagram: Datagram): void {
    this.#datagrams.push(stream.id, datagram)
    this.#events.wake()
  }

  // ---- inside

  #noticeSleep(now: number): void {
    if (now < this.deadline + ASLEEP_MS) return
    for (const path of this.#paths.values()) path.slept(now)
  }

  #judge(path: PathState, now: number): void {
    if (now >= path.deadAt) {
      this.losePath(path.id, now)
      this.#events.pathDown(path.id, Close.timeout)
    } else if (now >= path.suspectAt && !path.suspect) {
      path.suspect = true
      this.#events.pathSuspect(path.id, true)
      this.#requeueSilent()
    }
    this.#events.wake()
  }

  /**
   * What waits on paths that have fallen silent goes out again, as soon as there is another that may have room in the end.
   * With nowhere else to go, waiting costs nothing: a carrier that lives delivers.
   */
  #requeueSilent(): void {
    const paths = [...this.#paths.values()]
    if (!paths.some(({ isUsable }) => isUsable)) return
    for (const path of paths) if (path.suspect) path.requeue()
  }

  #receiveFrame(path: PathState, frame: Frame, now: number): void {
    switch (frame.type) {
      case 'ping':
        if (path.pongs.length < 8) path.pongs.push(frame.token)
        return
      case 'pong':
        return
      case 'ack':
        this.#acknowledged(frame.pathId, frame.received, now)
        return
      case 'path-lost':
        this.#pathLostThere(frame.pathId, frame.received, now)
        return
      case 'path-closing': {
        const closing = this.#paths.get(frame.pathId)
        if (closing !== undefined) closing.closing = true
        return
      }
      case 'go-away':
        this.#events.goingAway()
        return
      case 'close':
        this.#end(frame.code === SessionCloseCode.done ? undefined : 'session-lost')
        return
      case 'stall':
        if (this.#paths.has(frame.pathId)) this.#events.pathStalled(frame.pathId)
        return
      case 'window':
        this.#raise(frame.streamId, frame.limit)
        return
      case 'open':
        this.#receiveOpen(frame.streamId, frame.target)
        return
      case 'opened':
        this.#streams.find(frame.streamId)?.receiveOpened()
        return
      case 'data':
        this.#streams.find(frame.streamId)?.receiveData(frame.offset, frame.bytes)
        return
      case 'fin':
        this.#streams.find(frame.streamId)?.receiveFin(frame.offset)
        return
      case 'reset':
        this.#streams.find(frame.streamId)?.receiveReset(frame.code, frame.offset)
        return
      case 'datagram':
        this.#streams.find(frame.streamId)?.receiveDatagram(frame.datagram)
        return
    }
  }

  #acknowledged(pathId: number, received: number, now: number): void {
    const path = this.#paths.get(pathId)
    if (path === undefined) return
    const { suspect, starvations } = path
    if (!path.acked(received, now)) {
      throw new FootbridgeError('protocol', 'a packet was acknowledged that was never sent')
    }
    if (suspect && !path.suspect) {
      this.#events.pathSuspect(pathId, false)
      this.#requeueSilent()
    }
    if (path.starvations > starvations) this.#starved(pathId)
  }

  /** The client is the one who opens paths, so it is the one who must know. */
  #starved(pathId: number): void {
    if (this.#role === 'egress') this.#outbox.tellStall(pathId)
    else this.#events.pathStalled(pathId)
  }

  #pathLostThere(pathId: number, received: number, now: number): void {
    const path = this.#paths.get(pathId)
    if (path === undefined) return
    if (!path.acked(received, now)) {
      throw new FootbridgeError('protocol', 'a packet was received that was never sent')
    }
    this.abandonPath(pathId, now)
    this.#events.pathDown(pathId, Close.peerLost)
  }

  #raise(streamId: number, limit: number): void {
    if (streamId !== 0) this.#streams.find(streamId)?.receiveWindow(limit)
    else if (this.sendCredit.raise(limit)) this.#outbox.unblock()
  }

  #receiveOpen(streamId: number, target: Target): void {
    if (this.#role === 'client') throw new FootbridgeError('protocol', 'only clients open streams')
    const stream = this.#streams.find(streamId)
    if (stream?.receiveOpen(target) !== true) return
    if (this.#streams.size > MAX_STREAMS) stream.reset(ResetCode.limit)
    else this.#events.stream(stream)
  }

  get #quickestRoundTrip(): number {
    return quickestRoundTrip(this.#paths.values())
  }

  /** How long it waits for a path. An egress that was never answered may be talking to a replayed HELLO. */
  get #patienceMs(): number {
    return this.#role === 'egress' && this.#packets < 2 ? UNANSWERED_TIMEOUT_MS : RESUME_TIMEOUT_MS
  }

  #pack(path: PathState, now: number): Outgoing | undefined {
    const writer = this.#writer
    writer.clear(path.packetBytes)
    const receipts: Receipt[] = []
    if (path.hasUnacked) writer.ack(path.id, path.acknowledge())
    for (const token of path.pongs.splice(0)) writer.pong(token)
    if (path.pingDue(now)) {
      this.#pingToken = (this.#pingToken + 1) % 2 ** 32
      writer.ping(this.#pingToken)
      path.probed()
      receipts.push(NO_RECEIPT)
    }
    if (this.#outbox.hasUrgent && path.urgentRoom > 0) this.#packUrgent(path.id, receipts, now)
    else if (path.room > 0) this.#outbox.writeData(writer, receipts)
    if (writer.length === 0) return undefined
    path.send(writer.length + PACKET_OVERHEAD_BYTES, receipts, now)
    return { pathId: path.id, payload: writer.payload() }
  }

  #packDatagrams(path: PathState, now: number): Outgoing {
    const writer = this.#writer
    writer.clear()
    if (path.hasUnacked) writer.ack(path.id, path.acknowledge())
    this.#datagrams.write(writer, path.packetBytes)
    // Acknowledged, so that they count as in flight, and never sent again.
    path.send(writer.length + PACKET_OVERHEAD_BYTES, [NO_RECEIPT], now)
    return { pathId: path.id, payload: writer.payload() }
  }

  /** Alone in its packet: no bulk data is to delay it. */
  #packUrgent(pathId: number, receipts: Receipt[], now: number): void {
    const writer = this.#writer
    const before = writer.length
    this.#outbox.writeControl(writer, receipts, now, this.#quickestRoundTrip)
    this.#outbox.writeSparse(writer, receipts)
    if (writer.length > before && this.#paths.size > 1) {
      this.#copy = { frames: writer.payload().slice(before), pathId }
    }
  }

  /** On the next best path, or not at all: the first copy will do if that has no room. */
  #packCopy({ frames, pathId }: { frames: Uint8Array; pathId: number }, now: number): Outgoing | undefined {
    this.#copy = undefined
    const path = chooseUrgentPath(this.#paths.values(), pathId)
    if (path === undefined) return this.poll(now)
    this.#writer.clear()
    this.#writer.append(frames)
    path.send(frames.length + PACKET_OVERHEAD_BYTES, [NO_RECEIPT], now)
    return { pathId: path.id, payload: this.#writer.payload() }
  }

  #packGoodbye({ code, pathIds }: { code: SessionCloseCode; pathIds: number[] }): Outgoing | undefined {
    const pathId = pathIds.shift()
    if (pathId === undefined) return undefined
    this.#writer.clear()
    this.#writer.close(code)
    return { pathId, payload: this.#writer.payload() }
  }

  #end(code: ErrorCode | undefined): void {
    if (this.#closed) return
    this.#closed = true
    for (const stream of this.#streams.drain()) stream.fail(code ?? 'closed')
    this.#outbox.clear()
    this.#datagrams.clear()
    this.#events.closed(code)
  }
}

/** A receiver of such frames expects more of them. */
function carriesContent(frame: Frame): boolean {
  return asksForAck(frame) && frame.type !== 'ping'
}

function asksForAck(frame: Frame): boolean {
  return frame.type !== 'ack' && frame.type !== 'pong'
}
