import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noblePrimitives } from '../noble.ts'
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type Aead, KEY_BYTES, type Primitives } from '../primitives.ts'
import { nodePrimitives } from './node-primitives.ts'

const BACK_ENDS = [
  { name: 'node:crypto', primitives: nodePrimitives, other: noblePrimitives },
  { name: 'noble', primitives: noblePrimitives, other: nodePrimitives },
]

const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

const exactly = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const message = fc.uint8Array({ maxLength: 300 })

function seal(aead: Aead, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const out = new Uint8Array(plaintext.length + AEAD_TAG_BYTES)
  aead.seal(nonce, associatedData, plaintext, out)
  return out
}

// RFC 7748 section 5.2.
const X25519_PRODUCTS = [
  {
    secretKey: 'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    publicKey: 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    shared: 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  },
  {
    secretKey: '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    publicKey: 'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    shared: '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  },
]

// RFC 7748 section 6.1.
const ALICE = {
  secretKey: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
  publicKey: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
}
const BOB = {
  secretKey: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
  publicKey: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
}
const ALICE_AND_BOB = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'

// Every u-coordinate of small order below 2^255 (RFC 7748 section 6.1, cr.yp.to/ecdh.html).
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

// RFC 8032 section 7.1, tests 1 to 3.
const ED25519_SIGNATURES = [
  {
    secretKey: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    secretKey: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    secretKey: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
]

// RFC 8439 section 2.8.2.
const SUNSCREEN = {
  key: bytes('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
  nonce: bytes('070000004041424344454647'),
  associatedData: bytes('50515253c0c1c2c3c4c5c6c7'),
  plaintext: ascii(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
  sealed:
    'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6' +
    '3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36' +
    '92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc' +
    '3ff4def08e4b7a9de576d26586cec64b6116' +
    '1ae10b594f09e26a7e902ecbd0600691',
}

describe.each(BACK_ENDS)('primitives on $name', ({ primitives, other }) => {
  test('hash as FIPS 180-4 and RFC 4231 do', () => {
    expect(hex(primitives.sha256(ascii('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    expect(hex(primitives.hmacSha256(ascii('Jefe'), ascii('what do ya want for nothing?')))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  test('give random bytes of the length asked for', () => {
    expect(primitives.randomBytes(24)).toHaveLength(24)
    expect(hex(primitives.randomBytes(24))).not.toBe(hex(primitives.randomBytes(24)))
  })

  test('give plain arrays, whose slices are copies', () => {
    const { secretKey, publicKey } = primitives.x25519.generate()
    const results = [
      primitives.randomBytes(4),
      primitives.sha256(secretKey),
      primitives.hmacSha256(secretKey, publicKey),
      secretKey,
      publicKey,
      primitives.x25519.shared(secretKey, publicKey),
      primitives.ed25519.signer(secretKey)(publicKey),
      primitives.aead(SUNSCREEN.key).open(SUNSCREEN.nonce, SUNSCREEN.associatedData, bytes(SUNSCREEN.sealed)),
    ]
    for (const result of results) expect(result?.constructor).toBe(Uint8Array)
  })

  describe('X25519', () => {
    test.each(X25519_PRODUCTS)('gives the product of RFC 7748 for $secretKey', (vector) => {
      expect(hex(primitives.x25519.shared(bytes(vector.secretKey), bytes(vector.publicKey)))).toBe(
        vector.shared,
      )
    })

    test('gives Alice and Bob of RFC 7748 their public keys and one secret', () => {
      const alice = primitives.x25519.fromSecretKey(bytes(ALICE.secretKey))
      const bob = primitives.x25519.fromSecretKey(bytes(BOB.secretKey))
      expect(hex(alice.publicKey)).toBe(ALICE.publicKey)
      expect(hex(bob.publicKey)).toBe(BOB.publicKey)
      expect(hex(primitives.x25519.shared(alice.secretKey, bob.publicKey))).toBe(ALICE_AND_BOB)
      expect(hex(primitives.x25519.shared(bob.secretKey, alice.publicKey))).toBe(ALICE_AND_BOB)
    })

    test('agrees with the other back end on fresh keys', () => {
      const here = primitives.x25519.generate()
      const there = other.x25519.generate()
      expect(hex(primitives.x25519.shared(here.secretKey, there.publicKey))).toBe(
        hex(other.x25519.shared(there.secretKey, here.publicKey)),
      )
    })

    test.each(SMALL_ORDER)('refuses the public key of small order %s', (publicKey) => {
      const { secretKey } = primitives.x25519.generate()
      expect(() => primitives.x25519.shared(secretKey, bytes(publicKey))).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      )
    })
  })

  describe('Ed25519', () => {
    test.each(ED25519_SIGNATURES)('signs as RFC 8032 does with $secretKey', (vector) => {
      const { secretKey, publicKey } = primitives.ed25519.fromSecretKey(bytes(vector.secretKey))
      expect(hex(publicKey)).toBe(vector.publicKey)
      expect(hex(primitives.ed25519.signer(secretKey)(bytes(vector.message)))).toBe(vector.signature)
      expect(primitives.ed25519.verify(publicKey, bytes(vector.message), bytes(vector.signature))).toBe(true)
    })

    test('verifies what the other back end signs', () => {
      const { secretKey, publicKey } = other.ed25519.generate()
      const signed = ascii('signed over there')
      expect(primitives.ed25519.verify(publicKey, signed, other.ed25519.signer(secretKey)(signed))).toBe(true)
    })

    test('refuses another message, another key and a signature with any byte changed', () => {
      const { secretKey, publicKey } = primitives.ed25519.generate()
      const signature = primitives.ed25519.signer(secretKey)(ascii('yes'))
      const stranger = primitives.ed25519.generate().publicKey
      expect(primitives.ed25519.verify(publicKey, ascii('no'), signature)).toBe(false)
      expect(primitives.ed25519.verify(stranger, ascii('yes'), signature)).toBe(false)
      for (const at of signature.keys()) {
        expect(primitives.ed25519.verify(publicKey, ascii('yes'), flipped(signature, at))).toBe(false)
      }
    })

    test('refuses a signature whose scalar is not reduced, the second spelling of a valid one', () => {
      const [vector] = ED25519_SIGNATURES
      if (vector === undefined) throw new Error('no vector')
      const signature = bytes(vector.signature)
      const unreduced = addGroupOrder(signature)
      expect(primitives.ed25519.verify(bytes(vector.publicKey), bytes(vector.message), unreduced)).toBe(false)
    })

    test('answers no, and does not throw, for keys and signatures of any length', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 70 }), (key, signature) => {
          expect(primitives.ed25519.verify(key, ascii('yes'), signature)).toBe(false)
        }),
      )
    })
  })

  describe('ChaCha20-Poly1305', () => {
    test('seals and opens the example of RFC 8439', () => {
      const { key, nonce, associatedData, plaintext, sealed } = SUNSCREEN
      const aead = primitives.aead(key)
      expect(hex(seal(aead, nonce, associatedData, plaintext))).toBe(sealed)
      expect(hex(aead.open(nonce, associatedData, bytes(sealed)))).toBe(hex(plaintext))
    })

    test('opens what the other back end seals', () => {
      fc.assert(
        fc.property(
          exactly(KEY_BYTES),
          exactly(AEAD_NONCE_BYTES),
          message,
          message,
          (key, nonce, associatedData, plaintext) => {
            const sealed = seal(other.aead(key), nonce, associatedData, plaintext)
            expect(hex(primitives.aead(key).open(nonce, associatedData, sealed))).toBe(hex(plaintext))
          },
        ),
        { numRuns: 50 },
      )
    })

    test('writes to the start of a larger buffer and leaves the rest alone', () => {
      const { key, nonce, associatedData, plaintext, sealed } = SUNSCREEN
      const out = new Uint8Array(plaintext.length + AEAD_TAG_BYTES + 3).fill(0xee)
      primitives.aead(key).seal(nonce, associatedData, plaintext, out)
      expect(hex(out)).toBe(`${sealed}eeeeee`)
    })

    test('does not open what was changed, cut short or sealed under another key, nonce or data', () => {
      const { key, nonce, associatedData } = SUNSCREEN
      const sealed = bytes(SUNSCREEN.sealed)
      const aead = primitives.aead(key)
      for (const at of sealed.keys()) {
        expect(aead.open(nonce, associatedData, flipped(sealed, at))).toBeUndefined()
        expect(aead.open(nonce, associatedData, sealed.subarray(0, at))).toBeUndefined()
      }
      expect(primitives.aead(flipped(key, 0)).open(nonce, associatedData, sealed)).toBeUndefined()
      expect(aead.open(flipped(nonce, 0), associatedData, sealed)).toBeUndefined()
      expect(aead.open(nonce, flipped(associatedData, 0), sealed)).toBeUndefined()
    })

    test('does not open, and does not throw, under a nonce of the wrong length', () => {
      const { key, nonce, associatedData, sealed } = SUNSCREEN
      const longer = new Uint8Array(AEAD_NONCE_BYTES + 1)
      expect(primitives.aead(key).open(longer, associatedData, bytes(sealed))).toBeUndefined()
      expect(primitives.aead(key).open(nonce.subarray(1), associatedData, bytes(sealed))).toBeUndefined()
    })
  })

  test.each(usesOfKeys(primitives))('refuse a key of the wrong length: $use', ({ run }) => {
    for (const length of [0, KEY_BYTES - 1, KEY_BYTES + 1]) {
      expect(() => run(new Uint8Array(length).fill(9))).toThrow(
        expect.objectContaining({ name: 'FootbridgeError', code: 'malformed' }),
      )
    }
  })
})

function usesOfKeys({ aead, x25519, ed25519 }: Primitives): { use: string; run(key: Uint8Array): unknown }[] {
  const good = new Uint8Array(KEY_BYTES).fill(9)
  return [
    { use: 'aead', run: aead },
    { use: 'x25519.fromSecretKey', run: x25519.fromSecretKey },
    { use: 'x25519.shared, secret key', run: (key) => x25519.shared(key, good) },
    { use: 'x25519.shared, public key', run: (key) => x25519.shared(good, key) },
    { use: 'ed25519.fromSecretKey', run: ed25519.fromSecretKey },
    { use: 'ed25519.signer', run: ed25519.signer },
  ]
}

function flipped(original: Uint8Array, at: number): Uint8Array {
  return original.map((byte, index) => (index === at ? byte ^ 1 : byte))
}

/** The signature with S + L in place of S, which a verifier that does not check S < L accepts as well. */
function addGroupOrder(signature: Uint8Array): Uint8Array {
  const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n
  const littleEndian = (value: Uint8Array): string => Buffer.from(value).reverse().toString('hex')
  const sum = BigInt(`0x${littleEndian(signature.subarray(32))}`) + groupOrder
  const result = Uint8Array.from(signature)
  result.set(Buffer.from(sum.toString(16).padStart(64, '0'), 'hex').reverse(), 32)
  return result
}
