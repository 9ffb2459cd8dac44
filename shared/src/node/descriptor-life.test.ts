import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64Url, encodeBase64Url } from '../bytes.ts'
import { formatNetworkLink, parseDescriptor, parseNetworkLink, validateDescriptor } from '../descriptor.ts'
import {
  checkDescriptor,
  isExpired,
  type SignedDescriptor,
  signDescriptor,
  succeed,
} from '../descriptor-life.ts'
import { isFootbridgeError } from '../errors.ts'
import { noblePrimitives } from '../noble.ts'
import { nodePrimitives } from './node-primitives.ts'

const VECTORS = JSON.parse(readFileSync(new URL('../vectors/descriptor.json', import.meta.url), 'utf8'))
const NOW = 1_700_000_000_000
const { ed25519 } = nodePrimitives
const KEYS = ed25519.fromSecretKey(new Uint8Array(32).fill(1))
const OTHER_KEYS = ed25519.fromSecretKey(new Uint8Array(32).fill(2))
const KEY = encodeBase64Url(new Uint8Array(32).fill(5))
const NETWORK = validateDescriptor({
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'e1', url: 'https://egress.example', publicKey: KEY }],
  stun: [],
  ticketKey: KEY,
})

interface Life {
  readonly sequence?: number
  readonly expiresAt?: number
  readonly keys?: typeof KEYS
  readonly network?: typeof NETWORK
}

function signed({
  sequence = 5,
  expiresAt = NOW + 1,
  keys = KEYS,
  network = NETWORK,
}: Life = {}): SignedDescriptor {
  const networkKey = encodeBase64Url(keys.publicKey)
  return signDescriptor(network, { networkKey, sequence, expiresAt }, ed25519.signer(keys.secretKey))
}

const check = { now: NOW, primitives: nodePrimitives }
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

/** Members that a later version may add. */
const later = fc.dictionary(
  fc.string().filter((name) => !(name in signed()) && name !== '__proto__' && name !== 'toJSON'),
  fc.jsonValue(),
  { maxKeys: 5 },
)

describe('a signed descriptor', () => {
  it.each([nodePrimitives, noblePrimitives])('has the signatures of the vectors', (primitives) => {
    for (const { secretKey, network, signature } of VECTORS) {
      const { signature: _, ...members } = network
      const sign = primitives.ed25519.signer(decodeBase64Url(secretKey))
      expect(signDescriptor(members, members, sign).signature).toBe(signature)
      checkDescriptor(validateDescriptor({ ...members, signature }), primitives)
    }
  })

  it('stays one on its way through text and links, in any order, with members that nobody knows yet', () => {
    fc.assert(
      fc.property(later, (members) => {
        const network = signed({ network: { ...NETWORK, ...members } })
        const backwards = Object.fromEntries(Object.entries(network).toReversed())
        checkDescriptor(parseDescriptor(JSON.stringify(backwards)), nodePrimitives)
        checkDescriptor(parseNetworkLink(formatNetworkLink(network)), nodePrimitives)
        const twice = parseNetworkLink(formatNetworkLink(parseNetworkLink(formatNetworkLink(network))))
        checkDescriptor(twice, nodePrimitives)
      }),
      { numRuns: 50 },
    )
  })

  it('is none any more if anything in it is changed, added or left out', () => {
    const changes = fc.oneof(
      later.filter((members) => Object.values(members).some((value) => value !== undefined)),
      fc.constantFrom(
        { sequence: 6 },
        { expiresAt: NOW + 2 },
        { networkKey: encodeBase64Url(OTHER_KEYS.publicKey) },
        { signaling: ['https://other.example'] },
        { egresses: [{ id: 'e1', url: 'https://egress.example', publicKey: KEY, weight: 1 }] },
        { standing: ['https://standing.example'] },
        { ticketKey: encodeBase64Url(new Uint8Array(32)) },
        { signature: encodeBase64Url(new Uint8Array(64)) },
      ),
    )
    fc.assert(
      fc.property(changes, (change) => {
        const forged = { ...signed(), ...change }
        expect(() => checkDescriptor(forged, nodePrimitives)).toThrow(code('not-authentic'))
      }),
    )
    const { stun: _, ...rest } = signed({ network: { ...NETWORK, extra: 1 } as typeof NETWORK })
    expect(() => checkDescriptor({ ...rest, stun: ['stun:a.example:1'] }, nodePrimitives)).toThrow()
  })

  it('is refused with a typed error however deeply it is nested', () => {
    const text = JSON.stringify(signed()).replace('{', `{"deep":${'['.repeat(30_000)}${']'.repeat(30_000)},`)
    expect(() => checkDescriptor(parseDescriptor(text), nodePrimitives)).toThrow(
      expect.toSatisfy((error) => isFootbridgeError(error)),
    )
  })
})

describe('the successor of a descriptor', () => {
  it('is the later one of the same network', () => {
    const [pinned, next] = [signed(), signed({ sequence: 6 })]
    expect(succeed(pinned, next, check)).toBe(next)
    expect(succeed(next, next, check)).toBe(next)
  })

  it('is found by one that is past its time as well', () => {
    const [pinned, next] = [signed({ expiresAt: NOW - 1 }), signed({ sequence: 6 })]
    expect(isExpired(pinned, NOW)).toBe(true)
    expect(succeed(pinned, next, check)).toBe(next)
  })

  it.each([
    ['older', signed(), signed({ sequence: 4 }), 'expired'],
    ['past its time', signed(), signed({ sequence: 6, expiresAt: NOW }), 'expired'],
    ['of another network', signed(), signed({ sequence: 6, keys: OTHER_KEYS }), 'not-authentic'],
    ['forged', signed(), { ...signed({ sequence: 6 }), sequence: 7 }, 'not-authentic'],
    ['not signed', signed(), NETWORK, 'not-authentic'],
    ['signed, where the first was not', NETWORK, signed(), 'not-authentic'],
    ['not signed, where the first was not either', NETWORK, NETWORK, 'not-authentic'],
  ])('is none that is %s', (_, pinned, offered, expected) => {
    expect(() => succeed(pinned, offered, check)).toThrow(code(expected))
  })

  it('never has a lower number or another key, whatever comes in whatever order', () => {
    const offer = fc.record({
      sequence: fc.nat(10),
      expiresAt: fc.constantFrom(NOW - 1, NOW + 1),
      keys: fc.constantFrom(KEYS, KEYS, OTHER_KEYS),
    })
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 12 }), (offers) => {
        let pinned = signed({ sequence: 3 })
        for (const one of offers) {
          const offered = signed(one)
          const before = pinned
          try {
            pinned = succeed(pinned, offered, check) as SignedDescriptor
          } catch {
            expect(one.keys === OTHER_KEYS || one.expiresAt < NOW || one.sequence < before.sequence).toBe(
              true,
            )
          }
          expect(pinned.sequence).toBeGreaterThanOrEqual(before.sequence)
          expect(pinned.networkKey).toBe(before.networkKey)
        }
      }),
      { numRuns: 30 },
    )
  })
})
