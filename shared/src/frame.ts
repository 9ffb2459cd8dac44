import { MAX_HOST_CHARS } from './constants.ts'
import { checkDatagram, type Datagram } from './datagram.ts'
import { FootbridgeError } from './errors.ts'
import { decodeStructure, encodeStructure } from './structure.ts'
import { checkTarget, type Target } from './target.ts'

/**
 * Frames are what a sealed packet holds: `type u8 · length u16 · body`, one after another. All numbers are big-endian.
 * A frame of an unknown type is skipped by its length. `PROTOCOL.md` has the table.
 */
export const FrameType = {
  padding: 0x00,
  ping: 0x01,
  pong: 0x02,
  ack: 0x03,
  open: 0x04,
  opened: 0x05,
  data: 0x06,
  fin: 0x07,
  reset: 0x08,
  window: 0x09,
  pathLost: 0x0a,
  pathClosing: 0x0b,
  goAway: 0x0c,
  close: 0x0d,
  stall: 0x0e,
  datagram: 0x0f,
} as const

export type Frame =
  | { readonly type: 'ping' | 'pong'; readonly token: number }
  /** `received` packets came in on path `pathId`, none missing. */
  | { readonly type: 'ack'; readonly pathId: number; readonly received: number }
  | { readonly type: 'open'; readonly streamId: number; readonly target: Target }
  | { readonly type: 'opened'; readonly streamId: number }
  | { readonly type: 'data'; readonly streamId: number; readonly offset: number; readonly bytes: Uint8Array }
  /** `offset` is the length of the whole direction. */
  | { readonly type: 'fin'; readonly streamId: number; readonly offset: number }
  | { readonly type: 'reset'; readonly streamId: number; readonly code: number; readonly offset: number }
  /** The sender may send bytes below offset `limit`; stream 0 is the session as a whole. */
  | { readonly type: 'window'; readonly streamId: number; readonly limit: number }
  /** The carrier of `pathId` is gone on this side, which had received `received` packets on it. */
  | { readonly type: 'path-lost'; readonly pathId: number; readonly received: number }
  | { readonly type: 'path-closing'; readonly pathId: number }
  | { readonly type: 'go-away' }
  | { readonly type: 'close'; readonly code: number }
  /** What the egress sends on `pathId` arrives a round trip late now and then: its carrier loses packets. */
  | { readonly type: 'stall'; readonly pathId: number }
  /** One datagram of the association that the stream is. */
  | { readonly type: 'datagram'; readonly streamId: number; readonly datagram: Datagram }

export const FRAME_HEADER_BYTES = 3
/** Header and fixed fields of a DATA frame. */
export const DATA_OVERHEAD_BYTES: number = FRAME_HEADER_BYTES + 10
/** Header and fixed fields of a DATAGRAM frame. */
export const DATAGRAM_OVERHEAD_BYTES: number = FRAME_HEADER_BYTES + 7
/** Largest frame besides DATA, DATAGRAM and PADDING: an OPEN with the longest host. */
export const MAX_CONTROL_FRAME_BYTES = 320

const MAX_OFFSET = 2 ** 48 - 1

const BODY_BYTES: Readonly<Record<number, number>> = {
  [FrameType.ping]: 4,
  [FrameType.pong]: 4,
  [FrameType.ack]: 8,
  [FrameType.opened]: 4,
  [FrameType.fin]: 10,
  [FrameType.reset]: 11,
  [FrameType.window]: 10,
  [FrameType.pathLost]: 8,
  [FrameType.pathClosing]: 4,
  [FrameType.goAway]: 0,
  [FrameType.close]: 1,
  [FrameType.stall]: 4,
}

/**
 * The frames of one packet's payload. DATA's bytes are views into `payload`. Throws `malformed` or `too-large`; the
 * payload was authentic, so whoever sealed it broke the protocol.
 */
export function readFrames(payload: Uint8Array): Frame[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const frames: Frame[] = []
  let at = 0
  while (at < payload.length) {
    if (at + FRAME_HEADER_BYTES > payload.length) throw new FootbridgeError('malformed', 'a frame is cut off')
    const type = view.getUint8(at)
    const length = view.getUint16(at + 1)
    const body = at + FRAME_HEADER_BYTES
    if (body + length > payload.length) throw new FootbridgeError('malformed', 'a frame is cut off')
    const frame = readBody(type, view, payload, body, length)
    if (frame !== undefined) frames.push(frame)
    at = body + length
  }
  return frames
}

function readBody(
  type: number,
  view: DataView,
  payload: Uint8Array,
  body: number,
  length: number,
): Frame | undefined {
  const expected = BODY_BYTES[type]
  if (expected !== undefined && expected !== length) {
    throw new FootbridgeError('malformed', 'a frame has the wrong length')
  }
  switch (type) {
    case FrameType.ping:
      return { type: 'ping', token: view.getUint32(body) }
    case FrameType.pong:
      return { type: 'pong', token: view.getUint32(body) }
    case FrameType.ack:
      return { type: 'ack', pathId: view.getUint32(body), received: view.getUint32(body + 4) }
    case FrameType.open:
      return readOpen(view, payload, body, length)
    case FrameType.opened:
      return { type: 'opened', streamId: streamIdAt(view, body) }
    case FrameType.data:
      if (length <= 10) throw new FootbridgeError('malformed', 'a DATA frame needs at least one byte')
      return {
        type: 'data',
        streamId: streamIdAt(view, body),
        offset: uint48At(view, body + 4),
        bytes: payload.subarray(body + 10, body + length),
      }
    case FrameType.fin:
      return { type: 'fin', streamId: streamIdAt(view, body), offset: uint48At(view, body + 4) }
    case FrameType.reset:
      return {
        type: 'reset',
        streamId: streamIdAt(view, body),
        code: view.getUint8(body + 4),
        offset: uint48At(view, body + 5),
      }
    case FrameType.window:
      return { type: 'window', streamId: view.getUint32(body), limit: uint48At(view, body + 4) }
    case FrameType.pathLost:
      return { type: 'path-lost', pathId: view.getUint32(body), received: view.getUint32(body + 4) }
    case FrameType.pathClosing:
      return { type: 'path-closing', pathId: view.getUint32(body) }
    case FrameType.goAway:
      return { type: 'go-away' }
    case FrameType.close:
      return { type: 'close', code: view.getUint8(body) }
    case FrameType.stall:
      return { type: 'stall', pathId: view.getUint32(body) }
    case FrameType.datagram:
      return readDatagram(view, payload, body, length)
    default:
      return undefined
  }
}

function readOpen(view: DataView, payload: Uint8Array, body: number, length: number): Frame {
  if (length > MAX_CONTROL_FRAME_BYTES) throw new FootbridgeError('too-large', 'an OPEN frame is too long')
  if (length < 4) throw new FootbridgeError('malformed', 'an OPEN frame is cut off')
  const fields = decodeStructure(
    payload.subarray(body + 4, body + length),
    'a target',
    MAX_CONTROL_FRAME_BYTES,
  )
  const target = checkTarget({ host: fields.text('host', MAX_HOST_CHARS), port: fields.integer('port') })
  return { type: 'open', streamId: streamIdAt(view, body), target }
}

function readDatagram(view: DataView, payload: Uint8Array, body: number, length: number): Frame {
  const data = body + 7 + (length < 7 ? 0 : view.getUint8(body + 6))
  if (length < 7 || data > body + length)
    throw new FootbridgeError('malformed', 'a DATAGRAM frame is cut off')
  const datagram = checkDatagram({
    // Whatever is not ASCII is refused.
    host: String.fromCharCode(...payload.subarray(body + 7, data)),
    port: view.getUint16(body + 4),
    data: payload.subarray(data, body + length),
  })
  return { type: 'datagram', streamId: streamIdAt(view, body), datagram }
}

function streamIdAt(view: DataView, at: number): number {
  const id = view.getUint32(at)
  if (id === 0) throw new FootbridgeError('malformed', 'stream 0 is the session, not a stream')
  return id
}

function uint48At(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2)
}

/** Appends frames to one buffer. The caller asks `room` first; writing past it throws `too-large`. */
export class FrameWriter {
  readonly #buffer: Uint8Array
  readonly #view: DataView
  #at = 0
  #limit: number

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity)
    this.#view = new DataView(this.#buffer.buffer)
    this.#limit = capacity
  }

  /** Bytes written since `clear`. */
  get length(): number {
    return this.#at
  }

  /** Bytes that still fit. */
  get room(): number {
    return this.#limit - this.#at
  }

  /** Starts over, with room for `limit` bytes if that is less than the whole buffer. */
  clear(limit: number = this.#buffer.length): void {
    this.#at = 0
    this.#limit = Math.min(limit, this.#buffer.length)
  }

  /** A view of what was written; valid until `clear`. */
  payload(): Uint8Array {
    return this.#buffer.subarray(0, this.#at)
  }

  /** Fills `length` bytes, header included. `length` is at least `FRAME_HEADER_BYTES`. */
  padding(length: number): void {
    const body = this.#begin(FrameType.padding, length - FRAME_HEADER_BYTES)
    this.#buffer.fill(0, body, body + length - FRAME_HEADER_BYTES)
  }

  ping(token: number): void {
    this.#view.setUint32(this.#begin(FrameType.ping, 4), token)
  }

  pong(token: number): void {
    this.#view.setUint32(this.#begin(FrameType.pong, 4), token)
  }

  ack(pathId: number, received: number): void {
    this.#pair(FrameType.ack, pathId, received)
  }

  open(streamId: number, target: Target): void {
    const encoded = encodeStructure({ host: target.host, port: target.port })
    const body = this.#begin(FrameType.open, 4 + encoded.length)
    this.#view.setUint32(body, streamId)
    this.#buffer.set(encoded, body + 4)
  }

  opened(streamId: number): void {
    this.#view.setUint32(this.#begin(FrameType.opened, 4), streamId)
  }

  data(streamId: number, offset: number, bytes: Uint8Array): void {
    this.dataSpace(streamId, offset, bytes.length).set(bytes)
  }

  /** Writes a DATA frame but for its bytes, and returns where those go. */
  dataSpace(streamId: number, offset: number, length: number): Uint8Array {
    const body = this.#begin(FrameType.data, 10 + length)
    this.#view.setUint32(body, streamId)
    this.#uint48(body + 4, offset)
    return this.#buffer.subarray(body + 10, body + 10 + length)
  }

  fin(streamId: number, offset: number): void {
    const body = this.#begin(FrameType.fin, 10)
    this.#view.setUint32(body, streamId)
    this.#uint48(body + 4, offset)
  }

  reset(streamId: number, code: number, offset: number): void {
    const body = this.#begin(FrameType.reset, 11)
    this.#view.setUint32(body, streamId)
    this.#view.setUint8(body + 4, code)
    this.#uint48(body + 5, offset)
  }

  window(streamId: number, limit: number): void {
    const body = this.#begin(FrameType.window, 10)
    this.#view.setUint32(body, streamId)
    this.#uint48(body + 4, limit)
  }

  pathLost(pathId: number, received: number): void {
    this.#pair(FrameType.pathLost, pathId, received)
  }

  pathClosing(pathId: number): void {
    this.#view.setUint32(this.#begin(FrameType.pathClosing, 4), pathId)
  }

  goAway(): void {
    this.#begin(FrameType.goAway, 0)
  }

  close(code: number): void {
    this.#view.setUint8(this.#begin(FrameType.close, 1), code)
  }

  stall(pathId: number): void {
    this.#view.setUint32(this.#begin(FrameType.stall, 4), pathId)
  }

  /** `datagram` was checked. */
  datagram(streamId: number, { host, port, data }: Datagram): void {
    const body = this.#begin(FrameType.datagram, 7 + host.length + data.length)
    this.#view.setUint32(body, streamId)
    this.#view.setUint16(body + 4, port)
    this.#view.setUint8(body + 6, host.length)
    for (let at = 0; at < host.length; at += 1) this.#view.setUint8(body + 7 + at, host.charCodeAt(at))
    this.#buffer.set(data, body + 7 + host.length)
  }

  /** Frames that another writer made. */
  append(frames: Uint8Array): void {
    if (frames.length > this.room) throw new FootbridgeError('too-large', 'frames do not fit')
    this.#buffer.set(frames, this.#at)
    this.#at += frames.length
  }

  #begin(type: number, length: number): number {
    if (length + FRAME_HEADER_BYTES > this.room)
      throw new FootbridgeError('too-large', 'a frame does not fit')
    this.#view.setUint8(this.#at, type)
    this.#view.setUint16(this.#at + 1, length)
    const body = this.#at + FRAME_HEADER_BYTES
    this.#at = body + length
    return body
  }

  #pair(type: number, first: number, second: number): void {
    const body = this.#begin(type, 8)
    this.#view.setUint32(body, first)
    this.#view.setUint32(body + 4, second)
  }

  #uint48(at: number, value: number): void {
    if (value > MAX_OFFSET) throw new FootbridgeError('limit', 'a stream is longer than 2^48 bytes')
    this.#view.setUint16(at, Math.floor(value / 2 ** 32))
    this.#view.setUint32(at + 2, value % 2 ** 32)
  }
}
