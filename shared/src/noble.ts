import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { randomBytes } from '@noble/hashes/utils.js'
import { FootbridgeError } from './errors.ts'
import {
  AEAD_TAG_BYTES,
  type Aead,
  checkKeyLength,
  KEY_BYTES,
  type KeyPair,
  type Primitives,
} from './primitives.ts'

/** {@link Primitives} in plain JavaScript, for browsers: WebCrypto is asynchronous and lacks this cipher. */
export const noblePrimitives: Primitives = {
  randomBytes: (length) => randomBytes(length),
  sha256: (data) => sha256(data),
  hmacSha256: (key, data) => hmac(sha256, key, data),
  aead,
  x25519: {
    generate: () => keyPair(x25519, randomBytes(KEY_BYTES)),
    fromSecretKey: (secretKey) => keyPair(x25519, secretKey),
    shared(secretKey, publicKey) {
      checkKeyLength(secretKey)
      checkKeyLength(publicKey)
      try {
        return x25519.getSharedSecret(secretKey, publicKey)
      } catch (cause) {
        throw new FootbridgeError('malformed', 'a public key is of small order', { cause })
      }
    },
  },
  ed25519: {
    generate: () => keyPair(ed25519, randomBytes(KEY_BYTES)),
    fromSecretKey: (secretKey) => keyPair(ed25519, secretKey),
    signer(secretKey) {
      checkKeyLength(secretKey)
      return (message) => ed25519.sign(message, secretKey)
    },
    verify(publicKey, message, signature) {
      try {
        // RFC 8032 to the letter, as OpenSSL has it, instead of the looser ZIP 215.
        return ed25519.verify(signature, message, publicKey, { zip215: false })
      } catch {
        return false
      }
    },
  },
}

function aead(key: Uint8Array): Aead {
  checkKeyLength(key)
  return {
    seal(nonce, associatedData, plaintext, out) {
      const sealed = out.subarray(0, plaintext.length + AEAD_TAG_BYTES)
      chacha20poly1305(key, nonce, associatedData).encrypt(plaintext, sealed)
    },
    open(nonce, associatedData, sealed) {
      try {
        return chacha20poly1305(key, nonce, associatedData).decrypt(sealed)
      } catch {
        return undefined
      }
    },
  }
}

function keyPair(curve: { getPublicKey(secretKey: Uint8Array): Uint8Array }, secretKey: Uint8Array): KeyPair {
  checkKeyLength(secretKey)
  return { secretKey, publicKey: curve.getPublicKey(secretKey) }
}
