import { encodeStructure } from '@footbridge/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClusterMessage, encodeClusterMessage, parseClusterMessage } from './cluster-message.ts'
import { OFFER } from './server.test.helper.ts'

const ROOMS = new Map([
  [undefined, { free: { open: 1, restricted: 2, strict: 3, unknown: 4 }, places: 80 }],
  ['', { free: { open: 0, restricted: 0, strict: 0, unknown: 1 }, places: 1 }],
  ['any id\n#', { free: { open: 8, restricted: 0, strict: 0, unknown: 0 }, places: 8 }],
])

const MESSAGES: readonly ClusterMessage[] = [
  { type: 'announce', url: 'https://signaling.example', rooms: ROOMS },
  { type: 'leaving' },
  {
    type: 'ask',
    client: 7,
    trickle: true,
    origin: { address: 'name', subnet: 'name of the subnet', country: 'DE', network: 64_496 },
    message: OFFER,
  },
  { type: 'ask', client: 8, trickle: false, origin: { address: '', subnet: '' }, message: OFFER },
  { type: 'more', client: 7, message: { type: 'cancel', offerId: 1 } },
  { type: 'gone', client: 7 },
  {
    type: 'tell',
    client: 7,
    message: { type: 'refused', offerId: 1, reason: 'no-bridge', retryAfterMs: 1_000 },
  },
  { type: 'report', faulty: ['one', 'other'] },
  { type: 'counts', text: 'offer name 3' },
]

describe('a cluster message', () => {
  it.each(MESSAGES)('reads as it was written: $type', (message) => {
    expect(parseClusterMessage(encodeClusterMessage(message))).toEqual(message)
  })

  it('is ignored if it is of a later version', () => {
    const fields = encodeStructure({ type: 'later' })
    expect(parseClusterMessage(Uint8Array.of(0, fields.length, ...fields))).toBeUndefined()
  })

  it('is refused with a reason whatever its bytes are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.constantFrom(...MESSAGES), fc.nat(), fc.nat(255)).map(([message, at, value]) => {
        const altered = encodeClusterMessage(message)
        altered[at % altered.length] = value
        return altered
      }),
    )
    fc.assert(
      fc.property(bytes, (altered) => {
        try {
          parseClusterMessage(altered)
        } catch (error) {
          expect(error).toMatchObject({ name: 'FootbridgeError' })
        }
      }),
    )
  })

  it.each(['nonsense', 'ftp://host', 'https://host/path', 'https://name:word@host', 'https://HOST'])(
    'does not name %s as an origin',
    (url) => {
      const message = encodeClusterMessage({ type: 'announce', url, rooms: new Map() })
      expect(() => parseClusterMessage(message)).toThrow('url')
    },
  )
})
