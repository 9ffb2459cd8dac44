import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBase64Url, encodeText } from './bytes.ts'
import { MAX_DESCRIPTOR_CHARS, PROTOCOL_VERSION } from './constants.ts'
import {
  formatNetworkLink,
  type NetworkDescriptor,
  parseDescriptor,
  parseNetworkLink,
  validateDescriptor,
} from './descriptor.ts'
import { isFootbridgeError } from './errors.ts'

const KEY = encodeBase64Url(new Uint8Array(32).fill(5))
const EGRESS = { id: 'egress-1', url: 'https://egress.example', publicKey: KEY }
const DESCRIPTOR: NetworkDescriptor = {
  version: PROTOCOL_VERSION,
  signaling: ['https://signaling.example', 'http://127.0.0.1:8080'],
  egresses: [EGRESS, { ...EGRESS, id: 'egress-2', url: 'http://[::1]:8090' }],
  stun: ['stun:stun.example:3478', 'stun:[2001:db8::1]:3478'],
  ticketKey: KEY,
  allowPrivateCandidates: true,
}

const SIGNED = {
  networkKey: KEY,
  sequence: 1,
  expiresAt: 2,
  signature: encodeBase64Url(new Uint8Array(64)),
}

const code = (expected: string): unknown =>
  expect.objectContaining({ name: 'FootbridgeError', code: expected })
const typed: unknown = expect.toSatisfy((error) =>
  isFootbridgeError(error, 'malformed', 'too-large', 'protocol'),
)

const port = fc.integer({ min: 1, max: 65_535 })
const origin = fc
  .tuple(fc.constantFrom('http', 'https'), fc.domain(), port)
  .map(([scheme, host, number]) => new URL(`${scheme}://${host}:${number}`).origin)
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase64Url)
const egress = fc.record({ id: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), url: origin, publicKey: key })
const descriptor: fc.Arbitrary<NetworkDescriptor> = fc.record(
  {
    version: fc.constant(PROTOCOL_VERSION),
    signaling: fc.array(origin, { minLength: 1, maxLength: 16 }),
    egresses: fc.uniqueArray(egress, { minLength: 1, maxLength: 8, selector: ({ id }) => id }),
    stun: fc.array(
      fc.tuple(fc.domain(), port).map(([host, number]) => `stun:${host}:${number}`),
      { maxLength: 16 },
    ),
    ticketKey: key,
    allowPrivateCandidates: fc.boolean(),
    standing: fc.array(origin, { maxLength: 16 }),
  },
  { requiredKeys: ['version', 'signaling', 'egresses', 'stun', 'ticketKey'] },
)

describe('a network descriptor', () => {
  test('comes back from JSON and from a link', () => {
    fc.assert(
      fc.property(descriptor, (network) => {
        expect(parseDescriptor(JSON.stringify(network))).toEqual(network)
        expect(parseNetworkLink(formatNetworkLink(network))).toEqual(network)
      }),
      { numRuns: 50 },
    )
  })

  test('is given back with its URLs as plain origins, so that they compare as text', () => {
    const { signaling, egresses } = validateDescriptor({
      ...DESCRIPTOR,
      signaling: ['HTTPS://Signaling.Example:443/'],
      egresses: [{ ...EGRESS, url: 'http://EGRESS.example:80' }],
    })
    expect(signaling).toEqual(['https://signaling.example'])
    expect(egresses[0]?.url).toBe('http://egress.example')
  })

  test('is given back with members of which this version knows nothing, for a signature covers them', () => {
    const later = { ...DESCRIPTOR, motto: 'hello', egresses: [{ ...EGRESS, weight: 3 }] }
    expect(validateDescriptor(later)).toEqual(later)
    expect(parseNetworkLink(formatNetworkLink(validateDescriptor(later)))).toEqual(later)
  })

  test('is refused, and says so, if its version is not known', () => {
    expect(() => validateDescriptor({ version: 2, network: 'laid out anew' })).toThrow(
      /no version that this program knows \(1\): get a newer program/,
    )
    expect(() => validateDescriptor({ ...DESCRIPTOR, version: 2 })).toThrow(code('protocol'))
    expect(() => validateDescriptor({ ...DESCRIPTOR, version: '1' })).toThrow(code('malformed'))
  })

  test('is refused when over-long, before it is parsed', () => {
    expect(() => parseDescriptor('{'.repeat(MAX_DESCRIPTOR_CHARS + 1))).toThrow(code('too-large'))
    expect(() => parseNetworkLink('!'.repeat(2 * MAX_DESCRIPTOR_CHARS))).toThrow(code('too-large'))
    expect(parseDescriptor(JSON.stringify(DESCRIPTOR).padEnd(MAX_DESCRIPTOR_CHARS))).toEqual(DESCRIPTOR)
  })

  test('fits a link and comes back even with every list full', () => {
    const url = (at: number): string =>
      `https://${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.host-${at}.example:65535`
    const full = {
      ...DESCRIPTOR,
      signaling: Array.from({ length: 16 }, (_, at) => url(at)),
      egresses: Array.from({ length: 64 }, (_, at) => ({
        ...EGRESS,
        id: `${'e'.repeat(60)}-${at}`,
        url: url(at),
      })),
      stun: Array.from({ length: 16 }, (_, at) => `stun:${'d'.repeat(250)}:${40_000 + at}`),
    }
    expect(parseNetworkLink(formatNetworkLink(full))).toEqual(full)
  })

  test.each([
    ['signaling', [...Array(17).keys()].map((at) => `https://s${at}.example`)],
    ['egresses', [...Array(65).keys()].map((at) => ({ ...EGRESS, id: `egress-${at}` }))],
    ['stun', Array(17).fill('stun:stun.example:3478')],
    ['standing', Array(17).fill('https://standing.example')],
    ['signaling', [`https://${'a'.repeat(300)}`]],
    ['ticketKey', 'A'.repeat(301)],
  ])('is refused with too much in %s', (member, value) => {
    expect(() => validateDescriptor({ ...DESCRIPTOR, [member]: value })).toThrow(code('too-large'))
  })

  test.each([
    'wss://signaling.example',
    'ftp://signaling.example',
    'javascript:alert(1)',
    'https://user:secret@signaling.example',
    'https://signaling.example/path',
    'https://signaling.example/?query',
    'https://signaling.example?',
    'https://signaling.example/#fragment',
    'signaling.example',
    '',
    5,
  ])('is refused with %j for an origin', (url) => {
    expect(() => validateDescriptor({ ...DESCRIPTOR, signaling: [url] })).toThrow(code('malformed'))
    expect(() => validateDescriptor({ ...DESCRIPTOR, egresses: [{ ...EGRESS, url }] })).toThrow(
      code('malformed'),
    )
  })

  test.each([
    'turn:stun.example:3478',
    'stun:stun.example',
    'stun:stun.example:0',
    'stun:stun.example:65536',
    'stun:stun example:3478',
    'stun:2001:db8::1:3478',
    'stun::3478',
    null,
  ])('is refused with %j for a STUN server', (url) => {
    expect(() => validateDescriptor({ ...DESCRIPTOR, stun: [url] })).toThrow(code('malformed'))
  })

  test.each(['', KEY.slice(1), `${KEY}A`, `${KEY}=`, KEY.replace('F', '+'), 7])(
    'is refused with %j for a key',
    (publicKey) => {
      expect(() => validateDescriptor({ ...DESCRIPTOR, ticketKey: publicKey })).toThrow(code('malformed'))
      expect(() => validateDescriptor({ ...DESCRIPTOR, egresses: [{ ...EGRESS, publicKey }] })).toThrow(
        code('malformed'),
      )
    },
  )

  test.each([
    ['an egress id with a strange character', { egresses: [{ ...EGRESS, id: 'egress/1' }] }],
    ['an egress id that is too long', { egresses: [{ ...EGRESS, id: 'e'.repeat(65) }] }],
    ['two egresses of one id', { egresses: [EGRESS, EGRESS] }],
    ['an egress that is text', { egresses: ['https://egress.example'] }],
    ['no egress', { egresses: [] }],
    ['no signaling server', { signaling: [] }],
    ['no list of STUN servers', { stun: undefined }],
    ['a list that is not one', { signaling: { 0: 'https://signaling.example', length: 1 } }],
    ['a flag that is text', { allowPrivateCandidates: 'yes' }],
    ['a standing bridge that is no origin', { standing: ['wss://standing.example/v1/path'] }],
    ['a key without a signature', { networkKey: KEY }],
    ['a signature of the wrong length', { ...SIGNED, signature: KEY }],
    ['a sequence that is none', { ...SIGNED, sequence: -1 }],
    ['an expiry that is text', { ...SIGNED, expiresAt: '2026' }],
  ])('is refused with %s', (_, change) => {
    expect(() => validateDescriptor({ ...DESCRIPTOR, ...change })).toThrow(code('malformed'))
  })

  test('is refused with a typed error whatever the value, the text or the link', () => {
    fc.assert(
      fc.property(fc.anything(), fc.json(), fc.string(), fc.uint8Array(), (value, json, text, bytes) => {
        expect(() => validateDescriptor(value)).toThrow(typed)
        expect(() => parseDescriptor(json)).toThrow(typed)
        expect(() => parseDescriptor(text)).toThrow(typed)
        expect(() => parseNetworkLink(text)).toThrow(typed)
        expect(() => parseNetworkLink(`footbridge:${text}`)).toThrow(typed)
        expect(() => parseNetworkLink(`footbridge:${encodeBase64Url(bytes)}`)).toThrow(typed)
        expect(() => parseNetworkLink(`footbridge:${encodeBase64Url(encodeText(json))}`)).toThrow(typed)
      }),
    )
  })

  test('is refused with a typed error if any one member is replaced by anything', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('version', 'signaling', 'egresses', 'ticketKey'),
        fc.anything().filter((value) => value !== PROTOCOL_VERSION),
        (member, value) => {
          expect(() => validateDescriptor({ ...DESCRIPTOR, [member]: value })).toThrow(typed)
        },
      ),
    )
  })

  test('is not quoted in an error, which may be logged', () => {
    const secret = 'hidden-host'
    const texts = [
      `{"signaling":["https://${secret}.example"`,
      JSON.stringify({ ...DESCRIPTOR, signaling: [`wss://${secret}.example`] }),
      JSON.stringify({ ...DESCRIPTOR, stun: [`turn:${secret}.example:1`] }),
    ]
    for (const text of texts) {
      expect(() => parseDescriptor(text)).toThrow(
        expect.toSatisfy(
          (error) => error instanceof Error && error.cause === undefined && !error.message.includes(secret),
        ),
      )
    }
  })
})
