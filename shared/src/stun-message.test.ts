import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeBindingRequest,
  encodeBindingResponse,
  encodeUnknownAttributes,
  MAX_STUN_REQUEST_BYTES,
  parseBindingRequest,
  parseBindingResponse,
  STUN_TRANSACTION_BYTES,
} from './stun-message.ts'

const transaction = fc.uint8Array({ minLength: STUN_TRANSACTION_BYTES, maxLength: STUN_TRANSACTION_BYTES })
const octet = fc.nat(255)
const group = fc.nat(0xffff).map((value) => value.toString(16))
const address = fc.oneof(
  fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.')),
  fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':')),
)
const endpoint = fc.record({ address, port: fc.nat(65_535) })
const maybeEndpoint = fc.option(endpoint, { nil: undefined })

const HEADER = '2112a442b7e7a701bc34d686fa87dfae'

describe('STUN messages', () => {
  // RFC 5769 §2.2 and §2.3, without the attributes that prove integrity.
  it.each([
    ['IPv4', '002000080001a147e112a643', { address: '192.0.2.1', port: 32_853 }],
    [
      'IPv6',
      '002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9',
      { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 },
    ],
  ])('read and write the %s address of RFC 5769', (_family, attribute, mapped) => {
    const length = (attribute.length / 2).toString(16).padStart(4, '0')
    const message = `0101${length}${HEADER}${attribute}`
    const response = parseBindingResponse(decodeHex(message))
    expect(response).toMatchObject({ mapped })
    expect(encodeHex(response && encodeBindingResponse(response))).toBe(message)
  })

  it('come back from bytes as they were', () => {
    const change = fc.option(fc.record({ address: fc.boolean(), port: fc.boolean() }), { nil: undefined })
    fc.assert(
      fc.property(transaction, change, (transaction, change) => {
        const request = { transaction, ...(change && { change }) }
        expect(parseBindingRequest(encodeBindingRequest(request))).toEqual({ ...request, unknown: [] })
      }),
    )
    fc.assert(
      fc.property(
        transaction,
        endpoint,
        maybeEndpoint,
        maybeEndpoint,
        (transaction, mapped, origin, other) => {
          const response = { transaction, mapped, origin, other }
          const bytes = encodeBindingResponse(response) ?? new Uint8Array()
          expect(parseBindingResponse(bytes)).toEqual(response)
          // What is one kind is no other.
          expect(parseBindingRequest(bytes)).toBeUndefined()
        },
      ),
    )
  })

  it('name attributes that have to be understood, and overlook others', () => {
    const request = `0001000c${HEADER}77770001ff00000088880000`
    expect(parseBindingRequest(decodeHex(request))?.unknown).toEqual([0x7777])
    const { transaction } = parseBindingRequest(decodeHex(request)) ?? { transaction: new Uint8Array() }
    expect(encodeHex(encodeUnknownAttributes(transaction, [0x7777]))).toBe(
      `01110010${HEADER}0009000400000414000a000277770000`,
    )
  })

  it.each([
    ['nothing', ''],
    ['another cookie', `00010000${HEADER.replace('2112', '2113')}`],
    ['a length that is not its own', `00010004${HEADER}`],
    ['half an attribute', `00010002${HEADER}0003`],
    ['an attribute longer than the message', `00010008${HEADER}0003000800000000`],
    ['a CHANGE-REQUEST of another length', `00010004${HEADER}00030000`],
    ['an indication', `00110000${HEADER}`],
  ])('are not read from %s', (_kind, message) => {
    expect(parseBindingRequest(decodeHex(message))).toBeUndefined()
  })

  it('are not read from more bytes than a request has', () => {
    const bytes = new Uint8Array(MAX_STUN_REQUEST_BYTES + 4)
    bytes.set(decodeHex(`0001${(bytes.length - 20).toString(16).padStart(4, '0')}${HEADER}8888`))
    new DataView(bytes.buffer).setUint16(22, bytes.length - 24)
    expect(parseBindingRequest(bytes)).toBeUndefined()
    expect(parseBindingRequest(shortened(bytes, MAX_STUN_REQUEST_BYTES))).toBeDefined()
  })

  it('are read from noise without an error', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      // Behind a header that is one.
      fc.tuple(fc.constantFrom('0001', '0101'), fc.uint8Array({ maxLength: 80 })).map(([type, body]) => {
        const length = body.length.toString(16).padStart(4, '0')
        return decodeHex(`${type}${length}${HEADER}${encodeHex(body)}`)
      }),
    )
    fc.assert(
      fc.property(noise, (bytes) => {
        expect(parseBindingRequest(bytes)?.transaction.length ?? STUN_TRANSACTION_BYTES).toBe(12)
        expect(parseBindingResponse(bytes)?.mapped.port ?? 0).toBeLessThan(65_536)
      }),
      { numRuns: 2_000 },
    )
  })
})

function decodeHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

function encodeHex(bytes: Uint8Array | undefined): string {
  return [...(bytes ?? [])].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The same message with a last attribute that makes it this long. */
function shortened(bytes: Uint8Array, length: number): Uint8Array {
  const shorter = bytes.slice(0, length)
  const view = new DataView(shorter.buffer)
  view.setUint16(2, length - 20)
  view.setUint16(22, length - 24)
  return shorter
}
