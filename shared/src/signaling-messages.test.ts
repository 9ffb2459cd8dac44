import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_SDP_CHARS, MAX_SIGNALING_MESSAGE_BYTES } from './constants.ts'
import { isFootbridgeError } from './errors.ts'
import {
  encodeSignalingMessage,
  MAX_AVOIDED_BRIDGES,
  MAX_FAULTY_BRIDGES,
  MAX_TURN_URLS,
  parseBridgeToServer,
  parseClientToServer,
  parseServerToBridge,
  parseServerToClient,
  type SignalingMessage,
} from './signaling-messages.ts'

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)
const offerId = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const version = fc.nat(0xffff)
const sdp = fc.string({ maxLength: 200 })
const retryAfterMs = fc.nat(3_600_000)
const nat = fc.constantFrom('open', 'restricted', 'strict')
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const challenge = bytes(32)
const type = <const T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name)
const clients = fc.nat(1_024)
const capacity = fc.integer({ min: 1, max: 1_024 })
const turn = fc.record({
  urls: fc.array(fc.string({ maxLength: 300 }), { maxLength: MAX_TURN_URLS }),
  username: fc.string({ maxLength: 300 }),
  credential: fc.string({ maxLength: 300 }),
})

const candidate = fc.record(
  { type: type('candidate'), offerId, candidate: fc.string(), sdpMid: id },
  { requiredKeys: ['type', 'offerId', 'candidate'] },
)
const cancel = fc.record({ type: type('cancel'), offerId })

const DIRECTIONS = [
  {
    name: 'bridge to server',
    parse: parseBridgeToServer,
    messages: fc.oneof(
      fc.record(
        {
          type: type('register'),
          version,
          oldest: version,
          capacity,
          load: clients,
          nat,
          pool: id,
        },
        { requiredKeys: ['type', 'version', 'capacity'] },
      ),
      fc.record({ type: type('load'), clients, capacity, nat }, { requiredKeys: ['type', 'clients'] }),
      fc.record({ type: type('answer'), offerId, sdp }),
      fc.record({
        type: type('decline'),
        offerId,
        reason: fc.constantFrom('busy', 'leaving', 'egress', 'failed'),
      }),
      candidate,
    ),
  },
  {
    name: 'server to bridge',
    parse: parseServerToBridge,
    messages: fc.oneof(
      fc.record({ type: type('registered'), bridgeId: id, version }, { requiredKeys: ['type', 'bridgeId'] }),
      fc.record({
        type: type('refused'),
        reason: fc.constantFrom('limit', 'version', 'censored-country'),
        retryAfterMs,
      }),
      fc.record(
        {
          type: type('offer'),
          offerId,
          sdp,
          ticket: id,
          egress: id,
          trickle: fc.boolean(),
          additional: fc.boolean(),
          country: fc.stringMatching(/^[A-Z]{2}$/),
          turn,
        },
        { requiredKeys: ['type', 'offerId', 'sdp', 'ticket', 'egress', 'trickle'] },
      ),
      candidate,
      cancel,
    ),
  },
  {
    name: 'client to server',
    parse: parseClientToServer,
    messages: fc.oneof(
      fc.record(
        {
          type: type('offer'),
          version,
          oldest: version,
          offerId,
          sdp,
          avoid: fc.array(id, { maxLength: MAX_AVOIDED_BRIDGES }),
          egress: id,
          bridge: id,
          faulty: fc.array(id, { maxLength: MAX_FAULTY_BRIDGES }),
          nat,
          pool: id,
          carrier: fc.constant('websocket'),
        },
        { requiredKeys: ['type', 'version', 'offerId', 'sdp', 'avoid'] },
      ),
      fc.record({
        type: type('offer'),
        version,
        offerId,
        sdp,
        avoid: fc.constant([]),
        challenge,
        nonce: bytes(8),
      }),
      candidate,
      cancel,
    ),
  },
  {
    name: 'server to client',
    parse: parseServerToClient,
    messages: fc.oneof(
      fc.record(
        { type: type('answer'), offerId, sdp, bridgeId: id, egress: id, version },
        { requiredKeys: ['type', 'offerId', 'sdp', 'bridgeId', 'egress'] },
      ),
      fc.record({
        type: type('refused'),
        offerId,
        reason: fc.constantFrom('no-bridge', 'malformed'),
        retryAfterMs,
      }),
      fc.record(
        { type: type('refused'), offerId, reason: type('version'), retryAfterMs, version, oldest: version },
        { requiredKeys: ['type', 'offerId', 'reason', 'retryAfterMs', 'version'] },
      ),
      fc.record({
        type: type('refused'),
        offerId,
        reason: type('no-bridge'),
        retryAfterMs,
        challenge,
        bits: fc.nat(256),
      }),
      candidate,
    ),
  },
] as const

describe.each(DIRECTIONS)('messages from $name', ({ parse, messages }) => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(messages as fc.Arbitrary<SignalingMessage>, (message) => {
        expect(parse(encodeSignalingMessage(message))).toEqual(message)
      }),
    )
  })

  it('may have fields of a later version', () => {
    fc.assert(
      fc.property(messages as fc.Arbitrary<SignalingMessage>, fc.jsonValue(), (message, later) => {
        // msgpack's own decoder refuses this key, and rightly.
        fc.pre(!JSON.stringify(later).includes('__proto__'))
        expect(parse(encode({ ...message, later }))).toEqual(message)
      }),
    )
  })

  it('of an unknown type are marked as such', () => {
    for (const later of ['later', 'constructor', 'toString', '']) {
      expect(parse(encode({ type: later, offerId: 1 }))).toEqual({ type: 'unknown' })
    }
  })

  it('are read or refused with a typed error, whatever bytes come', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => isReadOrRefused(parse, bytes)))
  })

  it('are read or refused with a typed error, whatever msgpack value comes', () => {
    const value = fc.oneof(fc.jsonValue(), fc.tuple(messages, fc.jsonValue()).chain(withOneFieldReplaced))
    fc.assert(fc.property(value, (any) => isReadOrRefused(parse, encode(any))))
  })

  it('are refused before decoding when over-long', () => {
    const bytes = new Uint8Array(MAX_SIGNALING_MESSAGE_BYTES + 1)
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'too-large' }))
  })

  it('are refused at once when a header claims more than it can hold', () => {
    // 21 bytes that claim an array of 30 million items, four deep.
    const claim = [0xdd, 0x01, 0xc9, 0xc3, 0x80]
    const bytes = Uint8Array.from([0x81, ...claim, ...claim, ...claim, ...claim])
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

it.each([
  ['a missing field', { type: 'offer', version: 1, offerId: 1, avoid: [] }],
  ['a fraction', { type: 'cancel', offerId: 1.5 }],
  ['a negative number', { type: 'cancel', offerId: -1 }],
  ['a number too big to be exact', { type: 'cancel', offerId: 2 ** 60 }],
  ['a text for a number', { type: 'cancel', offerId: '1' }],
  ['an array for a text', { type: 'candidate', offerId: 1, candidate: ['x'] }],
  ['no type', { offerId: 1 }],
])('a message with %s is malformed', (_name, value) => {
  expect(() => parseClientToServer(encode(value))).toThrow(expect.objectContaining({ code: 'malformed' }))
})

it.each([
  ['description', { sdp: 'x'.repeat(MAX_SDP_CHARS + 1) }],
  ['list of bridges to avoid', { avoid: Array(MAX_AVOIDED_BRIDGES + 1).fill('x') }],
  ['list of faulty bridges', { faulty: Array(MAX_FAULTY_BRIDGES + 1).fill('x') }],
  ['name of a bridge', { bridge: 'x'.repeat(65) }],
  ['name of a faulty bridge', { faulty: ['x'.repeat(65)] }],
])('an offer with an over-long %s is too large', (_name, fields) => {
  const offer = { type: 'offer', version: 1, offerId: 1, sdp: '', avoid: [], ...fields }
  expect(() => parseClientToServer(encode(offer))).toThrow(expect.objectContaining({ code: 'too-large' }))
})

it.each([
  ['offer', parseClientToServer, { challenge: new Uint8Array(31), nonce: new Uint8Array(8) }],
  ['offer', parseClientToServer, { challenge: new Uint8Array(32), nonce: new Uint8Array(9) }],
  ['offer', parseClientToServer, { challenge: new Uint8Array(32) }],
  ['refused', parseServerToClient, { challenge: 'text', bits: 1 }],
  ['refused', parseServerToClient, { challenge: new Uint8Array(32) }],
] as const)(
  'a message %s with a malformed proof of work, or demand for one, is refused',
  (type, parse, work) => {
    const message = {
      type,
      version: 1,
      offerId: 1,
      sdp: '',
      avoid: [],
      reason: 'no-bridge',
      retryAfterMs: 0,
      ...work,
    }
    expect(() => parse(encode(message))).toThrow(expect.objectContaining({ code: 'malformed' }))
  },
)

it.each([
  ['too many URLs', { urls: Array(MAX_TURN_URLS + 1).fill('turn:x') }],
  ['an over-long URL', { urls: ['x'.repeat(301)] }],
  ['an over-long name', { username: 'x'.repeat(301) }],
  ['an over-long password', { credential: 'x'.repeat(301) }],
])('a relay with %s is too large', (_name, fields) => {
  const turn = { urls: [], username: '', credential: '', ...fields }
  const offer = { type: 'offer', offerId: 1, sdp: '', ticket: '', egress: '', trickle: true, turn }
  expect(() => parseServerToBridge(encode(offer))).toThrow(expect.objectContaining({ code: 'too-large' }))
})

it('a bridge that goes on helping fewer takes somebody', () => {
  const load = { type: 'load', clients: 1, capacity: 0 }
  expect(() => parseBridgeToServer(encode(load))).toThrow(expect.objectContaining({ code: 'malformed' }))
})

it('a bridge that takes nobody cannot register', () => {
  const register = { type: 'register', version: 1, capacity: 0 }
  expect(() => parseBridgeToServer(encode(register))).toThrow(expect.objectContaining({ code: 'malformed' }))
})

it('a reason of a later version reads as the general one', () => {
  const refused = { type: 'refused', offerId: 1, reason: 'later', retryAfterMs: 0 }
  expect(parseServerToClient(encode(refused))).toMatchObject({ reason: 'no-bridge' })
  expect(parseServerToBridge(encode(refused))).toMatchObject({ reason: 'limit' })
  expect(parseBridgeToServer(encode({ type: 'decline', offerId: 1, reason: 'later' }))).toMatchObject({
    reason: 'failed',
  })
})

it('a message that no receiver would take is not encoded', () => {
  const message = { type: 'answer', offerId: 1, sdp: 'x'.repeat(MAX_SIGNALING_MESSAGE_BYTES) } as const
  expect(() => encodeSignalingMessage(message)).toThrow(expect.objectContaining({ code: 'too-large' }))
})

function withOneFieldReplaced([message, value]: readonly [object, unknown]): fc.Arbitrary<object> {
  return fc.constantFrom(...Object.keys(message)).map((key) => ({ ...message, [key]: value }))
}

function isReadOrRefused(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    parse(bytes)
    return true
  } catch (error) {
    return isFootbridgeError(error, 'too-large', 'malformed')
  }
}

it('of the whereabouts of a client, only what is a country is taken', () => {
  const offer = { type: 'offer', offerId: 1, sdp: '', ticket: 't', egress: 'e', trickle: true }
  expect(parseServerToBridge(encode({ ...offer, country: 'IR' }))).toMatchObject({ country: 'IR' })
  for (const country of ['ir', 'IRN', '<b>', '']) {
    expect(parseServerToBridge(encode({ ...offer, country }))).toEqual(offer)
  }
  expect(() => parseServerToBridge(encode({ ...offer, country: 98 }))).toThrow()
})
