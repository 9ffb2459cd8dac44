import fc from 'fast-check'
import type { Frame, FrameWriter } from './frame.ts'

/** Writes `frame` with the method of its type. */
export function writeFrame(writer: FrameWriter, frame: Frame): void {
  switch (frame.type) {
    case 'ping':
      writer.ping(frame.token)
      break
    case 'pong':
      writer.pong(frame.token)
      break
    case 'ack':
      writer.ack(frame.pathId, frame.received)
      break
    case 'open':
      writer.open(frame.streamId, frame.target)
      break
    case 'opened':
      writer.opened(frame.streamId)
      break
    case 'data':
      writer.data(frame.streamId, frame.offset, frame.bytes)
      break
    case 'fin':
      writer.fin(frame.streamId, frame.offset)
      break
    case 'reset':
      writer.reset(frame.streamId, frame.code, frame.offset)
      break
    case 'window':
      writer.window(frame.streamId, frame.limit)
      break
    case 'path-lost':
      writer.pathLost(frame.pathId, frame.received)
      break
    case 'path-closing':
      writer.pathClosing(frame.pathId)
      break
    case 'go-away':
      writer.goAway()
      break
    case 'close':
      writer.close(frame.code)
      break
    case 'stall':
      writer.stall(frame.pathId)
      break
    case 'datagram':
      writer.datagram(frame.streamId, frame.datagram)
      break
  }
}

const uint8 = fc.integer({ min: 0, max: 0xff })
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const uint48 = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const streamId = fc.integer({ min: 1, max: 0xffff_ffff })
const host = fc.stringMatching(/^[A-Za-z0-9._:-]{1,253}$/)
const is = fc.constant

/** Every frame that may be sent. */
export const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), token: uint32 }),
  fc.record({ type: is('ack' as const), pathId: uint32, received: uint32 }),
  fc.record({
    type: is('open' as const),
    streamId,
    target: fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) }),
  }),
  fc.record({ type: is('opened' as const), streamId }),
  fc.record({
    type: is('datagram' as const),
    streamId,
    datagram: fc.record({
      host,
      port: fc.integer({ min: 1, max: 65_535 }),
      data: fc.uint8Array({ maxLength: 300 }),
    }),
  }),
  fc.record({
    type: is('data' as const),
    streamId,
    offset: uint48,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({ type: is('fin' as const), streamId, offset: uint48 }),
  fc.record({ type: is('reset' as const), streamId, code: uint8, offset: uint48 }),
  fc.record({ type: is('window' as const), streamId: uint32, limit: uint48 }),
  fc.record({ type: is('path-lost' as const), pathId: uint32, received: uint32 }),
  fc.record({ type: fc.constantFrom('path-closing' as const, 'stall' as const), pathId: uint32 }),
  fc.record({ type: is('go-away' as const) }),
  fc.record({ type: is('close' as const), code: uint8 }),
)
