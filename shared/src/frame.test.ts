import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat } from './bytes.ts'
import { MAX_DATAGRAM_BYTES, MAX_HOST_CHARS } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { anyFrame, writeFrame } from './frame.test.helper.ts'
import {
  DATA_OVERHEAD_BYTES,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameType,
  FrameWriter,
  MAX_CONTROL_FRAME_BYTES,
  readFrames,
} from './frame.ts'
import { MAX_PAYLOAD_BYTES } from './packet.ts'

const LONGEST_HOST = 'h'.repeat(MAX_HOST_CHARS)

const code = (expected: string): unknown =>
  expect.objectContaining({ name: 'FootbridgeError', code: expected })

/** The payload that holds `frames`. */
function written(...frames: readonly Frame[]): Uint8Array {
  const writer = new FrameWriter(100_000)
  for (const frame of frames) writeFrame(writer, frame)
  return writer.payload()
}

/** A frame as bytes, of whatever type and body. */
function rawFrame(type: number, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(type, body.length >> 8, body.length & 0xff), body)
}

function openFrame(fields: unknown): Uint8Array {
  return rawFrame(FrameType.open, concat(Uint8Array.of(0, 0, 0, 1), encode(fields)))
}

describe('frames', () => {
  it('come back as they were written, in their order', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 20 }), (frames) => {
        expect(readFrames(written(...frames))).toEqual(frames)
      }),
    )
  })

  it('are read alike wherever the payload lies in its buffer', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 5 }), fc.nat(20), (frames, before) => {
        const payload = concat(new Uint8Array(before).fill(0xff), written(...frames)).subarray(before)
        expect(readFrames(payload)).toEqual(frames)
      }),
    )
  })

  it('leave padding and unknown types out, wherever they stand', () => {
    const unknownType = fc.integer({ min: FrameType.datagram + 1, max: 0xff })
    const filler = fc
      .tuple(fc.oneof(fc.constant(FrameType.padding), unknownType), fc.uint8Array({ maxLength: 50 }))
      .map(([type, body]) => rawFrame(type, body))
    fc.assert(
      fc.property(fc.array(fc.oneof(anyFrame, filler), { maxLength: 20 }), (mixed) => {
        const isFiller = (item: Frame | Uint8Array): item is Uint8Array => item instanceof Uint8Array
        const payload = concat(...mixed.map((item) => (isFiller(item) ? item : written(item))))
        expect(readFrames(payload)).toEqual(mixed.filter((item) => !isFiller(item)))
      }),
    )
  })

  it('hand DATA out as a view, not as a copy', () => {
    const payload = written({ type: 'data', streamId: 1, offset: 0, bytes: Uint8Array.of(1, 2, 3) })
    const [frame] = readFrames(payload)
    expect(frame?.type === 'data' && frame.bytes.buffer === payload.buffer).toBe(true)
  })

  it('are refused when cut off anywhere but between two of them', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 4 }), (frames) => {
        const payload = written(...frames)
        const ends = new Set([0])
        for (const [count] of frames.entries()) ends.add(written(...frames.slice(0, count + 1)).length)
        for (let length = 0; length < payload.length; length += 1) {
          if (ends.has(length)) continue
          expect(() => readFrames(payload.subarray(0, length)), `${length} bytes`).toThrow(code('malformed'))
        }
      }),
      { numRuns: 30 },
    )
  })

  it.each(Object.entries(FrameType).filter(([name]) => !['padding', 'data', 'datagram'].includes(name)))(
    'are refused with a body one byte longer or shorter than %s has',
    (_, type) => {
      const right = bodyOf(type)
      expect(() => readFrames(rawFrame(type, right))).not.toThrow()
      expect(() => readFrames(rawFrame(type, concat(right, Uint8Array.of(0))))).toThrow(code('malformed'))
      if (right.length === 0) return
      expect(() => readFrames(rawFrame(type, right.subarray(0, -1)))).toThrow(code('malformed'))
    },
  )

  it('refuse DATA without a byte', () => {
    for (let length = 0; length <= DATA_OVERHEAD_BYTES - FRAME_HEADER_BYTES; length += 1) {
      expect(() => readFrames(rawFrame(FrameType.data, new Uint8Array(length).fill(1)))).toThrow(
        code('malformed'),
      )
    }
  })

  it.each(['open', 'opened', 'data', 'fin', 'reset', 'datagram'] as const)(
    'refuse stream 0 in %s',
    (name) => {
      const body = bodyOf(FrameType[name])
      body.fill(0, 0, 4)
      expect(() => readFrames(rawFrame(FrameType[name], body))).toThrow(code('malformed'))
    },
  )

  it('give frames or a typed error for any bytes', () => {
    const noise = fc.uint8Array({ maxLength: 400 })
    // Plain noise seldom gets past the first length, so most of it comes in well-cut frames of known types.
    const framed = fc
      .array(
        fc.tuple(fc.integer({ min: 0, max: FrameType.datagram + 1 }), fc.uint8Array({ maxLength: 40 })),
        { maxLength: 8 },
      )
      .map((parts) => concat(...parts.map(([type, body]) => rawFrame(type, body))))
    fc.assert(
      fc.property(fc.oneof(noise, framed), (payload) => {
        try {
          expect(readFrames(payload)).toBeInstanceOf(Array)
        } catch (error) {
          expect(error).toBeInstanceOf(FootbridgeError)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('an OPEN frame', () => {
  it('holds the longest host name within the size of a control frame', () => {
    const frame: Frame = { type: 'open', streamId: 0xffff_ffff, target: { host: LONGEST_HOST, port: 65_535 } }
    const payload = written(frame)
    expect(payload.length).toBeLessThanOrEqual(MAX_CONTROL_FRAME_BYTES)
    expect(readFrames(payload)).toEqual([frame])
  })

  it('ignores fields of later versions', () => {
    expect(readFrames(openFrame({ host: 'example.org', port: 443, later: true }))).toEqual([
      { type: 'open', streamId: 1, target: { host: 'example.org', port: 443 } },
    ])
  })

  it.each([
    ['a host that is one character too long', { host: `${LONGEST_HOST}h`, port: 443 }, 'too-large'],
    ['a body beyond the size of a control frame', { host: 'h'.repeat(400), port: 443 }, 'too-large'],
    ['an empty host', { host: '', port: 443 }, 'malformed'],
    ['a host with a character that no name has', { host: 'example.org/', port: 443 }, 'malformed'],
    ['no host', { port: 443 }, 'malformed'],
    ['a host that is not text', { host: 7, port: 443 }, 'malformed'],
    ['no port', { host: 'example.org' }, 'malformed'],
    ['port 0', { host: 'example.org', port: 0 }, 'malformed'],
    ['a port over 65535', { host: 'example.org', port: 65_536 }, 'malformed'],
    ['a broken port', { host: 'example.org', port: 1.5 }, 'malformed'],
    ['a list in place of the map', ['example.org', 443], 'malformed'],
  ])('is refused with %s', (_, fields, expected) => {
    expect(() => readFrames(openFrame(fields))).toThrow(code(expected))
  })
})

describe('a DATAGRAM frame', () => {
  const header = (hostBytes: number, port = 53) =>
    Uint8Array.of(0, 0, 0, 1, port >> 8, port & 0xff, hostBytes)
  const host = new TextEncoder().encode('example.org')

  it('holds the largest datagram to the longest host within a packet', () => {
    const datagram = { host: LONGEST_HOST, port: 65_535, data: new Uint8Array(MAX_DATAGRAM_BYTES).fill(7) }
    const payload = written({ type: 'datagram', streamId: 0xffff_ffff, datagram })
    expect(payload.length).toBeLessThan(MAX_PAYLOAD_BYTES - MAX_CONTROL_FRAME_BYTES / 2)
    expect(readFrames(payload)).toEqual([{ type: 'datagram', streamId: 0xffff_ffff, datagram }])
  })

  it('may hold no byte, as datagrams may', () => {
    const [frame] = readFrames(rawFrame(FrameType.datagram, concat(header(host.length), host)))
    expect(frame).toMatchObject({ datagram: { host: 'example.org', port: 53, data: new Uint8Array(0) } })
  })

  it.each([
    ['a header that is cut off', header(0).subarray(0, 6), 'malformed'],
    ['a host that is cut off', concat(header(12), host), 'malformed'],
    ['no host', header(0), 'malformed'],
    ['port 0', concat(header(host.length, 0), host), 'malformed'],
    ['a host that is not ASCII', concat(header(2), Uint8Array.of(0xc3, 0xa4)), 'malformed'],
    ['a host that is one character too long', concat(header(254), new Uint8Array(254).fill(97)), 'too-large'],
    [
      'a byte too much',
      concat(header(host.length), host, new Uint8Array(MAX_DATAGRAM_BYTES + 1)),
      'too-large',
    ],
  ])('is refused with %s', (_, body, expected) => {
    expect(() => readFrames(rawFrame(FrameType.datagram, body))).toThrow(code(expected))
  })
})

describe('a frame writer', () => {
  it('takes what exactly fits, refuses a byte more and keeps what it had', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const writer = new FrameWriter(DATA_OVERHEAD_BYTES + bytes.length)
    writer.data(1, 0, bytes)
    expect(writer.room).toBe(0)
    expect(() => writer.goAway()).toThrow(code('too-large'))
    expect(readFrames(writer.payload())).toEqual([{ type: 'data', streamId: 1, offset: 0, bytes }])
  })

  it('refuses an offset past 48 bits', () => {
    expect(() => new FrameWriter(100).fin(1, 2 ** 48)).toThrow(code('limit'))
  })

  it('pads with zeros to the length asked for, over whatever was there before', () => {
    const writer = new FrameWriter(50)
    writer.data(1, 0, new Uint8Array(30).fill(0xff))
    writer.clear()
    writer.padding(20)
    expect(writer.payload()).toEqual(rawFrame(FrameType.padding, new Uint8Array(17)))
  })
})

/** A body of the right length for `type`. */
function bodyOf(type: number): Uint8Array {
  const frames: Readonly<Record<number, Frame>> = {
    [FrameType.ping]: { type: 'ping', token: 1 },
    [FrameType.pong]: { type: 'pong', token: 1 },
    [FrameType.ack]: { type: 'ack', pathId: 1, received: 1 },
    [FrameType.open]: { type: 'open', streamId: 1, target: { host: 'example.org', port: 443 } },
    [FrameType.opened]: { type: 'opened', streamId: 1 },
    [FrameType.data]: { type: 'data', streamId: 1, offset: 1, bytes: Uint8Array.of(1) },
    [FrameType.fin]: { type: 'fin', streamId: 1, offset: 1 },
    [FrameType.reset]: { type: 'reset', streamId: 1, code: 1, offset: 1 },
    [FrameType.window]: { type: 'window', streamId: 1, limit: 1 },
    [FrameType.pathLost]: { type: 'path-lost', pathId: 1, received: 1 },
    [FrameType.pathClosing]: { type: 'path-closing', pathId: 1 },
    [FrameType.goAway]: { type: 'go-away' },
    [FrameType.close]: { type: 'close', code: 1 },
    [FrameType.stall]: { type: 'stall', pathId: 1 },
    [FrameType.datagram]: {
      type: 'datagram',
      streamId: 1,
      datagram: { host: 'example.org', port: 53, data: Uint8Array.of(1) },
    },
  }
  const frame = frames[type]
  if (frame === undefined) throw new Error('no such frame')
  return written(frame).slice(FRAME_HEADER_BYTES)
}
