import { describe, expect, it } from 'vitest'
import { FrameWriter, readFrames } from './frame.ts'
import { type SessionEvents, SessionState } from './session-state.ts'
import { TARGET } from './simulation.test.helper.ts'
import type { StreamState } from './stream-state.ts'

function begin(role: 'client' | 'egress'): {
  session: SessionState
  streams: StreamState[]
  stalled: number[]
} {
  const streams: StreamState[] = []
  const stalled: number[] = []
  const events: SessionEvents = {
    wake: () => {},
    stream: (stream) => streams.push(stream),
    pathSuspect: () => {},
    pathStalled: (pathId) => stalled.push(pathId),
    pathDown: () => {},
    goingAway: () => {},
    closed: () => {},
  }
  const session = new SessionState(role, events)
  return { session, streams, stalled }
}

/** What the session has to send now, by path. */
function sent(session: SessionState, now: number): [pathId: number, types: string[]][] {
  const packets: [number, string[]][] = []
  for (let packet = session.poll(now); packet !== undefined; packet = session.poll(now)) {
    packets.push([packet.pathId, readFrames(packet.payload).map(({ type }) => type)])
  }
  return packets
}

/** Data that the session has to send now, by path. */
function pieces(session: SessionState, now: number): [pathId: number, piece: string][] {
  const pieces: [number, string][] = []
  for (let packet = session.poll(now); packet !== undefined; packet = session.poll(now)) {
    for (const frame of readFrames(packet.payload)) {
      if (frame.type === 'data') pieces.push([packet.pathId, `${frame.streamId} from ${frame.offset}`])
    }
  }
  return pieces
}

function ackOf(pathId: number, received: number): [payload: Uint8Array, bytes: number] {
  const payload = packet((writer) => writer.ack(pathId, received))
  return [payload, payload.length]
}

function packet(write: (writer: FrameWriter) => void): Uint8Array {
  const writer = new FrameWriter(1_000)
  write(writer)
  return writer.payload().slice()
}

describe('a session over several paths', () => {
  it('sends what is urgent on two of them, and bulk data on one, behind it', () => {
    const { session } = begin('client')
    for (const pathId of [0, 1, 2]) session.addPath(pathId, 0, true)
    session.open(TARGET).write(new Uint8Array(10))
    session.open(TARGET).write(new Uint8Array(10_000))
    expect(sent(session, 0)).toEqual([
      [0, ['open', 'open', 'data']],
      [1, ['open', 'open', 'data']],
      [2, ['data']],
    ])
  })

  it('sends a little past a full window, and no bulk data', () => {
    const { session } = begin('client')
    session.addPath(0, 0, true)
    session.open(TARGET).write(new Uint8Array(1_000_000))
    const credit = packet((writer) => {
      writer.window(0, 10_000_000)
      writer.window(1, 10_000_000)
    })
    session.receive(0, credit, credit.length, 0)
    expect(sent(session, 0).length).toBeGreaterThan(10)
    session.open(TARGET).write(new Uint8Array(10))
    expect(sent(session, 0)).toEqual([[0, ['open', 'data']]])
    for (let index = 0; index < 1_000; index += 1) session.open(TARGET).write(new Uint8Array(1_000))
    expect(sent(session, 0).length).toBeLessThan(4)
  })

  it('sends control frames once when there is but one path, or no other that answers', () => {
    const { session } = begin('client')
    session.addPath(0, 0, true)
    session.open(TARGET)
    expect(sent(session, 0)).toEqual([[0, ['open']]])
    session.addPath(1, 0, false)
    session.open(TARGET)
    expect(sent(session, 0)).toEqual([[0, ['open']]])
  })

  it('sends what waits on a silent path again as soon as another one works', () => {
    const { session } = begin('client')
    session.addPath(0, 0, true)
    session.open(TARGET).write(new Uint8Array(10))
    expect(sent(session, 0)).toHaveLength(1)
    session.tick(1_500)
    expect(sent(session, 1_500)).toEqual([])
    session.addPath(1, 1_600, false)
    expect(sent(session, 1_600)).toEqual([])
    session.pathReady(1)
    expect(sent(session, 1_700)).toEqual([
      [1, ['open']],
      [1, ['data']],
    ])
  })

  it('sends what waits on a silent path again over one that is full when the silence is noticed', () => {
    const { session } = begin('client')
    for (const pathId of [0, 1]) session.addPath(pathId, 0, true)
    for (let stream = 0; stream < 4; stream += 1) session.open(TARGET).write(new Uint8Array(200_000))
    const first = pieces(session, 0)
    session.receive(1, ...ackOf(1, 1), 900)
    pieces(session, 900)
    session.tick(1_100)
    expect(pieces(session, 1_100)).toEqual([])
    session.receive(1, ...ackOf(1, 16), 1_200)
    const silent = first.filter(([pathId]) => pathId === 0).map(([, piece]) => piece)
    expect(silent).toContain(pieces(session, 1_200)[0]?.[1])
  })

  it('tells the client of an attached path that stalls on its way from the egress', () => {
    const { session, stalled } = begin('client')
    session.addPath(3, 0, true)
    const stall = packet((writer) => {
      writer.stall(3)
      writer.stall(4)
    })
    session.receive(3, stall, stall.length, 0)
    expect(stalled).toEqual([3])
  })

  it('tells the client when what the egress sends comes in bursts, one a round trip', () => {
    const { session, streams } = begin('egress')
    session.addPath(0, 0, true)
    const open = packet((writer) => {
      writer.open(1, TARGET)
      writer.window(1, 1_000_000_000)
      writer.window(0, 1_000_000_000)
    })
    session.receive(0, open, open.length, 0)
    const types = new Set<string>()
    let packets = 0
    let delivered = 0
    for (let now = 1; now < 3_000; now += 100) {
      while ((streams[0]?.writableBytes ?? 0) > 0) streams[0]?.write(new Uint8Array(65_536))
      for (const [, each] of sent(session, now)) {
        packets += 1
        for (const type of each) types.add(type)
      }
      // What the carrier lets through in a round trip comes all at once, and others are always left waiting.
      delivered = Math.min(delivered + 6, packets - 1)
      const ack = packet((writer) => writer.ack(0, delivered))
      session.receive(0, ack, ack.length, now + 100)
    }
    expect(types).toContain('stall')
  })
})
