import { FootbridgeError } from './errors.ts'

/**
 * The seam between the protocol and a cryptographic library. Everything is synchronous. Two implementations,
 * `nodePrimitives` (`@footbridge/shared/node`) and `noblePrimitives` (`@footbridge/shared/noble`), are held to
 * the same vectors.
 */

export interface KeyPair {
  /** 32 bytes. */
  readonly secretKey: Uint8Array
  /** 32 bytes. */
  readonly publicKey: Uint8Array
}

/** ChaCha20-Poly1305 (RFC 8439) under one key. */
export interface Aead {
  /** Writes ciphertext and tag, `plaintext.length + 16` bytes, to the start of `out`. `nonce` is 12 bytes. */
  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void
  /** The plaintext of `sealed` (ciphertext and tag), or `undefined` if it does not authenticate. Never throws. */
  open(nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}

/** Signs under one key. A signature has 64 bytes. */
export type Sign = (message: Uint8Array) => Uint8Array

export interface Primitives {
  randomBytes(length: number): Uint8Array
  sha256(data: Uint8Array): Uint8Array
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
  /** Throws `malformed` for a key of another length than 32 bytes. */
  aead(key: Uint8Array): Aead
  x25519: {
    generate(): KeyPair
    /** Throws `malformed` for a key of the wrong length. */
    fromSecretKey(secretKey: Uint8Array): KeyPair
    /** The shared secret (RFC 7748). Throws `malformed` for a key of the wrong length or of small order. */
    shared(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array
  }
  ed25519: {
    generate(): KeyPair
    /** Throws `malformed` for a key of the wrong length. */
    fromSecretKey(secretKey: Uint8Array): KeyPair
    /** Takes the 32-byte seed of RFC 8032, once for many signatures. Throws `malformed` for a key of the wrong length. */
    signer(secretKey: Uint8Array): Sign
    /** Never throws. */
    verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  }
}

export const KEY_BYTES = 32
export const AEAD_TAG_BYTES = 16
export const AEAD_NONCE_BYTES = 12
export const SIGNATURE_BYTES = 64

/** Refuses a key of the wrong length (`malformed`) before a library sees it, so that all of them fail alike. */
export function checkKeyLength(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new FootbridgeError('malformed', `a key has ${KEY_BYTES} bytes`)
}
