import { concat, encodeText } from './bytes.ts'
import { FootbridgeError } from './errors.ts'
import { hkdf } from './key-derivation.ts'
import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Aead,
  KEY_BYTES,
  type KeyPair,
  type Primitives,
} from './primitives.ts'

/**
 * The Noise handshake NK (noiseprotocol.org, revision 34): the initiator knows the responder's static key and
 * stays anonymous itself.
 *
 *     ← s
 *     ...
 *     → e, es
 *     ← e, ee
 */

// As long as a hash, so that it is the first hash and chaining key as it stands.
const PROTOCOL_NAME = encodeText('Noise_NK_25519_ChaChaPoly_SHA256')
const ZERO_NONCE = new Uint8Array(AEAD_NONCE_BYTES)

/** Largest handshake message that Noise allows. */
export const MAX_NOISE_MESSAGE_BYTES = 65_535
/** What a handshake message is longer than its payload: an ephemeral key and a tag. */
export const NOISE_OVERHEAD_BYTES: number = KEY_BYTES + AEAD_TAG_BYTES

/** What both ends share after the handshake: one 32-byte key for each direction, and the handshake's 32-byte hash. */
export interface NoiseKeys {
  readonly clientToEgress: Uint8Array
  readonly egressToClient: Uint8Array
  readonly handshakeHash: Uint8Array
}

export interface NoiseInitiatorOptions {
  readonly primitives: Primitives
  /** Bytes that both ends must agree on; they are authenticated and not sent. */
  readonly prologue: Uint8Array
  /** The responder's static public key. */
  readonly remoteStatic: Uint8Array
  /** Fixed for test vectors; fresh otherwise. */
  readonly ephemeral?: KeyPair
}

export interface NoiseResponderOptions {
  readonly primitives: Primitives
  readonly prologue: Uint8Array
  readonly staticKey: KeyPair
  readonly ephemeral?: KeyPair
}

/** The client's side: `writeMessage`, `readMessage`, `split`, once each and in this order (else `protocol`). */
export class NoiseInitiator {
  readonly #remoteStatic: Uint8Array
  readonly #ephemeral: KeyPair
  readonly #handshake: Handshake

  constructor({ primitives, prologue, remoteStatic, ephemeral }: NoiseInitiatorOptions) {
    this.#remoteStatic = remoteStatic
    this.#ephemeral = ephemeral ?? primitives.x25519.generate()
    this.#handshake = new Handshake(primitives, prologue, remoteStatic, ['write', 'read', 'split'])
  }

  /** The first message, its payload sealed for the holder of the static key. Throws `too-large` or `malformed`. */
  writeMessage(payload: Uint8Array): Uint8Array {
    return this.#handshake.write(this.#ephemeral, this.#remoteStatic, payload)
  }

  /** The payload of the second message. Throws `too-large`, `malformed` or `not-authentic`, and then it is over. */
  readMessage(message: Uint8Array): Uint8Array {
    return this.#handshake.read(this.#ephemeral, message)
  }

  split(): NoiseKeys {
    return this.#handshake.split()
  }
}

/** The egress's side: `readMessage`, `writeMessage`, `split`, once each and in this order (else `protocol`). */
export class NoiseResponder {
  readonly #staticKey: KeyPair
  readonly #ephemeral: KeyPair
  readonly #handshake: Handshake

  constructor({ primitives, prologue, staticKey, ephemeral }: NoiseResponderOptions) {
    this.#staticKey = staticKey
    this.#ephemeral = ephemeral ?? primitives.x25519.generate()
    this.#handshake = new Handshake(primitives, prologue, staticKey.publicKey, ['read', 'write', 'split'])
  }

  /** The payload of the first message. Throws `too-large`, `malformed` or `not-authentic`, and then it is over. */
  readMessage(message: Uint8Array): Uint8Array {
    return this.#handshake.read(this.#staticKey, message)
  }

  /** The second message, which proves that this end holds the static key. Throws `too-large`. */
  writeMessage(payload: Uint8Array): Uint8Array {
    return this.#handshake.write(this.#ephemeral, this.#handshake.remoteEphemeral, payload)
  }

  split(): NoiseKeys {
    return this.#handshake.split()
  }
}

type Step = 'write' | 'read' | 'split'

/** What both sides do alike: each message of NK is an ephemeral key, one Diffie–Hellman and a payload. */
class Handshake {
  readonly #primitives: Primitives
  readonly #state: SymmetricState
  #steps: readonly Step[]
  #remoteEphemeral: Uint8Array = new Uint8Array(0)

  constructor(
    primitives: Primitives,
    prologue: Uint8Array,
    responderStatic: Uint8Array,
    steps: readonly Step[],
  ) {
    this.#primitives = primitives
    this.#steps = steps
    this.#state = new SymmetricState(primitives)
    this.#state.mixHash(prologue)
    this.#state.mixHash(responderStatic)
  }

  /** The other end's ephemeral public key; empty until its message was read. */
  get remoteEphemeral(): Uint8Array {
    return this.#remoteEphemeral
  }

  write(ephemeral: KeyPair, remoteKey: Uint8Array, payload: Uint8Array): Uint8Array {
    return this.#perform('write', () => {
      checkLength(payload.length + NOISE_OVERHEAD_BYTES)
      this.#state.mixHash(ephemeral.publicKey)
      const secret = this.#primitives.x25519.shared(ephemeral.secretKey, remoteKey)
      return concat(ephemeral.publicKey, this.#state.seal(secret, payload))
    })
  }

  read(localKey: KeyPair, message: Uint8Array): Uint8Array {
    return this.#perform('read', () => {
      checkLength(message.length)
      if (message.length < NOISE_OVERHEAD_BYTES) {
        throw new FootbridgeError('malformed', 'a handshake message is cut short')
      }
      this.#remoteEphemeral = message.subarray(0, KEY_BYTES)
      this.#state.mixHash(this.#remoteEphemeral)
      const secret = this.#primitives.x25519.shared(localKey.secretKey, this.#remoteEphemeral)
      return this.#state.open(secret, message.subarray(KEY_BYTES))
    })
  }

  split(): NoiseKeys {
    return this.#perform('split', () => this.#state.split())
  }

  /** Runs `work` if it is its turn. An error in it ends the handshake for good, as Noise demands. */
  #perform<T>(step: Step, work: () => T): T {
    const [expected, ...rest] = this.#steps
    if (expected !== step) throw new FootbridgeError('protocol', `handshake: not the time to ${step}`)
    this.#steps = []
    const result = work()
    this.#steps = rest
    return result
  }
}

/**
 * Noise's SymmetricState and CipherState in one (sections 5.1 and 5.2). In NK a fresh key is mixed in before each
 * payload, so no key seals a second one and every nonce is zero.
 */
class SymmetricState {
  readonly #primitives: Primitives
  #chainingKey = PROTOCOL_NAME
  #hash = PROTOCOL_NAME

  constructor(primitives: Primitives) {
    this.#primitives = primitives
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#primitives.sha256(concat(this.#hash, data))
  }

  /** MixKey with `secret`, then EncryptAndHash. */
  seal(secret: Uint8Array, payload: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(payload.length + AEAD_TAG_BYTES)
    this.#mixKey(secret).seal(ZERO_NONCE, this.#hash, payload, sealed)
    this.mixHash(sealed)
    return sealed
  }

  /** MixKey with `secret`, then DecryptAndHash. */
  open(secret: Uint8Array, sealed: Uint8Array): Uint8Array {
    const payload = this.#mixKey(secret).open(ZERO_NONCE, this.#hash, sealed)
    if (payload === undefined) {
      throw new FootbridgeError('not-authentic', 'a handshake message does not authenticate')
    }
    this.mixHash(sealed)
    return payload
  }

  split(): NoiseKeys {
    const [clientToEgress, egressToClient] = hkdf(this.#primitives, this.#chainingKey, new Uint8Array(0))
    return { clientToEgress, egressToClient, handshakeHash: this.#hash }
  }

  #mixKey(secret: Uint8Array): Aead {
    const [chainingKey, key] = hkdf(this.#primitives, this.#chainingKey, secret)
    this.#chainingKey = chainingKey
    return this.#primitives.aead(key)
  }
}

function checkLength(messageBytes: number): void {
  if (messageBytes > MAX_NOISE_MESSAGE_BYTES) {
    throw new FootbridgeError('too-large', `a handshake message has at most ${MAX_NOISE_MESSAGE_BYTES} bytes`)
  }
}
