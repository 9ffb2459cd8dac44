import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, decodeBase64Url, encodeBase64Url, encodeText } from './bytes.ts'
import { MAX_TICKET_CHARS, PROTOCOL_VERSION } from './constants.ts'
import { isFootbridgeError } from './errors.ts'
import { noblePrimitives as primitives } from './noble.ts'
import { signTicket, TICKET_ID_BYTES, type Ticket, verifyTicket } from './ticket.ts'

const NOW = 1_800_000_000_000
const KEYS = primitives.ed25519.fromSecretKey(new Uint8Array(32).fill(7))
const sign = primitives.ed25519.signer(KEYS.secretKey)
const TICKET: Ticket = {
  version: PROTOCOL_VERSION,
  id: new Uint8Array(TICKET_ID_BYTES).fill(1),
  egress: 'egress-1',
  expiresAt: NOW + 60_000,
}
const EXPECTED = { publicKey: KEYS.publicKey, egress: TICKET.egress, now: NOW, primitives }

const code = (expected: string): unknown =>
  expect.objectContaining({ name: 'FootbridgeError', code: expected })

/** What signaling would hand out if it signed anything at all. */
function signAnything(claims: unknown): string {
  const bytes = encode(claims)
  const signature = sign(concat(encodeText('footbridge ticket'), bytes))
  return encodeBase64Url(concat(bytes, signature))
}

describe('a ticket', () => {
  test('comes back as it was signed', () => {
    fc.assert(
      fc.property(
        fc.record({
          version: fc.constant(PROTOCOL_VERSION),
          id: fc.uint8Array({ minLength: TICKET_ID_BYTES, maxLength: TICKET_ID_BYTES }),
          egress: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
          expiresAt: fc.integer({ min: NOW + 1, max: Number.MAX_SAFE_INTEGER }),
        }),
        (ticket) => {
          const text = signTicket(ticket, sign)
          expect(verifyTicket(text, { ...EXPECTED, egress: ticket.egress })).toEqual(ticket)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('is written as the protocol lays it down, byte for byte', () => {
    expect(signTicket(TICKET, sign)).toBe(
      'hKd2ZXJzaW9uAaJpZMQQAQEBAQEBAQEBAQEBAQEBAaZlZ3Jlc3OoZWdyZXNzLTGpZXhwaXJlc0F0zwAAAaMYXTpgIT8bxmxN4vHMkTZCofP7ZV5PV-kyiUBVtkAqWfCL3_LTyTobSx7C9bBvB7tHvPoyod0Oc-lhRa-vApYgXCY2DA',
    )
  })

  test('is refused with any byte changed', () => {
    const bytes = decodeBase64Url(signTicket(TICKET, sign))
    for (const at of bytes.keys()) {
      const changed = bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))
      expect(() => verifyTicket(encodeBase64Url(changed), EXPECTED), `byte ${at}`).toThrow(
        code('not-authentic'),
      )
    }
  })

  test('is refused when cut short', () => {
    const text = signTicket(TICKET, sign)
    for (let length = 0; length < text.length; length++) {
      expect(() => verifyTicket(text.slice(0, length), EXPECTED)).toThrow(
        expect.toSatisfy((error) => isFootbridgeError(error, 'malformed', 'not-authentic')),
      )
    }
  })

  test('is refused when over-long, before it is looked at', () => {
    expect(() => verifyTicket('!'.repeat(MAX_TICKET_CHARS + 1), EXPECTED)).toThrow(code('too-large'))
    expect(() => verifyTicket('A'.repeat(MAX_TICKET_CHARS), EXPECTED)).toThrow(code('not-authentic'))
  })

  test('is refused under another key, and when the signature covers it without its context', () => {
    const stranger = primitives.ed25519.fromSecretKey(new Uint8Array(32).fill(8))
    expect(() =>
      verifyTicket(signTicket(TICKET, primitives.ed25519.signer(stranger.secretKey)), EXPECTED),
    ).toThrow(code('not-authentic'))
    const claims = encode(TICKET)
    const bare = encodeBase64Url(concat(claims, sign(claims)))
    expect(() => verifyTicket(bare, EXPECTED)).toThrow(code('not-authentic'))
  })

  test('is refused by every egress but its own', () => {
    const text = signTicket(TICKET, sign)
    expect(() => verifyTicket(text, { ...EXPECTED, egress: 'egress-2' })).toThrow(code('not-allowed'))
  })

  test('holds until the millisecond in which it expires', () => {
    const text = signTicket(TICKET, sign)
    expect(verifyTicket(text, { ...EXPECTED, now: TICKET.expiresAt - 1 })).toEqual(TICKET)
    expect(() => verifyTicket(text, { ...EXPECTED, now: TICKET.expiresAt })).toThrow(code('expired'))
  })

  test.each([
    ['nothing', null],
    ['a number', 5],
    ['a list', [1, 2, 3]],
    ['another version', { ...TICKET, version: PROTOCOL_VERSION + 1 }],
    ['an id that is too short', { ...TICKET, id: TICKET.id.subarray(1) }],
    ['an id that is text', { ...TICKET, id: 'sixteen letters!' }],
    ['a time before all times', { ...TICKET, expiresAt: -1 }],
    ['no egress', { ...TICKET, egress: null }],
    ['a time that is no number', { ...TICKET, expiresAt: 'tomorrow' }],
    ['a time without end', { ...TICKET, expiresAt: Number.POSITIVE_INFINITY }],
  ])('is malformed, though signed, if it holds %s', (_, claims) => {
    expect(() => verifyTicket(signAnything(claims), EXPECTED)).toThrow(code('malformed'))
  })

  test('is malformed, though signed, if it is not msgpack', () => {
    const bytes = Uint8Array.of(0xc1)
    const signature = sign(concat(encodeText('footbridge ticket'), bytes))
    expect(() => verifyTicket(encodeBase64Url(concat(bytes, signature)), EXPECTED)).toThrow(code('malformed'))
  })

  test('is refused with a typed error whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.uint8Array({ minLength: 65, maxLength: 300 }).map(encodeBase64Url)),
        (text) => {
          expect(() => verifyTicket(text, EXPECTED)).toThrow(
            expect.toSatisfy((error) => isFootbridgeError(error, 'malformed', 'not-authentic')),
          )
        },
      ),
      { numRuns: 50 },
    )
  })
})
