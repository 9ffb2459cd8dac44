import { encodeBase64Url, encodeText } from './bytes.ts'
import { MAX_SIGNALING_MESSAGE_BYTES, PROTOCOL_VERSION } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { deriveKey } from './key-derivation.ts'
import { NOISE_OVERHEAD_BYTES, NoiseInitiator, NoiseResponder } from './noise.ts'
import { KEY_BYTES, type KeyPair, type Primitives } from './primitives.ts'

/*
 * Offers that pass through somebody's hands (a front, a cache, a public relay) are sealed to signaling's key, and their
 * answers to the offer: Noise NK, one handshake for each offer. Whoever carries them sees one of a few lengths.
 *
 *     sealed   = version u8 · Noise message
 *     payload  = time u48 · length u16 · signaling message · zeros
 */

const PROLOGUE = `footbridge offer ${PROTOCOL_VERSION}`
/** First byte of what is sealed. No signaling message begins with it: those are msgpack maps. */
const SEALED = PROTOCOL_VERSION
/** Time u48 and length u16. */
const HEAD_BYTES = 8
const TIME_UNIT = 2 ** 32
/** What a sealed message is longer than its payload. */
const OVERHEAD_BYTES = 1 + NOISE_OVERHEAD_BYTES

/** Lengths that sealed messages have; the last holds the largest signaling message. */
const SIZES = [1_024, 2_048, 4_096, 8_192, 16_384, 33_792] as const
/** Longest sealed message. */
export const MAX_SEALED_BYTES = 33_792

/** A client's offer, sealed, and what opens its answer. */
export interface SealedOffer {
  readonly bytes: Uint8Array
  /**
   * Opens the answer. May be tried on anything that comes, as often as it takes. Throws `too-large`, `malformed` or
   * `not-authentic` for what is not signaling's answer to this offer.
   */
  open(sealed: Uint8Array): SealedContent
}

export interface SealedContent {
  /** By the clock of whoever sealed it, in milliseconds since 1970. */
  readonly time: number
  /** A signaling message. Empty in an answer: the offer's `time` is too far from the server's own. */
  readonly message: Uint8Array
}

/** A client's offer, opened by signaling. */
export interface OpenedOffer extends SealedContent {
  /** New with each offer. */
  readonly ephemeralKey: Uint8Array
  /** Seals the answer. Called once. */
  seal(message: Uint8Array, now: number): Uint8Array
}

export interface SealOfferOptions {
  readonly primitives: Primitives
  /** Signaling's, from the client's own network descriptor. */
  readonly signalingKey: Uint8Array
  /** By this side's clock, in milliseconds since 1970. */
  readonly now: number
  /** Fixed for test vectors; fresh otherwise. */
  readonly ephemeral?: KeyPair
}

/** Seals an offer to signaling's key. Throws `too-large`. */
export function sealOffer(message: Uint8Array, options: SealOfferOptions): SealedOffer {
  const { primitives, signalingKey, now, ephemeral = primitives.x25519.generate() } = options
  const payload = payloadOf(message, now)
  // Anybody can put something into a mailbox, and Noise is over at the first message that does not authenticate: so each
  // is tried in a handshake of its own, the same one again.
  const begin = (): { noise: NoiseInitiator; first: Uint8Array } => {
    const prologue = encodeText(PROLOGUE)
    const noise = new NoiseInitiator({ primitives, prologue, remoteStatic: signalingKey, ephemeral })
    return { noise, first: noise.writeMessage(payload) }
  }
  return {
    bytes: framed(begin().first),
    open: (sealed) => contentOf(begin().noise.readMessage(unframed(sealed))),
  }
}

/** Whether bytes that came as an offer claim to be sealed. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes[0] === SEALED
}

/** Opens a client's offer. Throws `too-large`, `malformed` or `not-authentic`. */
export function openOffer(
  sealed: Uint8Array,
  options: { readonly primitives: Primitives; readonly staticKey: KeyPair; readonly ephemeral?: KeyPair },
): OpenedOffer {
  const noise = new NoiseResponder({ ...options, prologue: encodeText(PROLOGUE) })
  const bytes = unframed(sealed)
  return {
    ...contentOf(noise.readMessage(bytes)),
    ephemeralKey: bytes.slice(0, KEY_BYTES),
    seal: (message, now) => framed(noise.writeMessage(payloadOf(message, now))),
  }
}

/** The key pair that offers are sealed to. It follows from the ticket key, so that all servers of a network have the same. */
export function signalingKeys(primitives: Primitives, ticketSecret: Uint8Array): KeyPair {
  const secret = deriveKey(primitives, ticketSecret, 'footbridge signaling', new Uint8Array())
  return primitives.x25519.fromSecretKey(secret)
}

/** The box of a public relay in which a network's signaling looks for offers. */
export function offerBox(primitives: Primitives, signalingKey: Uint8Array): Uint8Array {
  return deriveKey(primitives, signalingKey, 'footbridge offers', new Uint8Array())
}

/** The box of a public relay in which the client looks for the answer to this sealed offer. */
export function answerBox(primitives: Primitives, sealed: Uint8Array): Uint8Array {
  return deriveKey(primitives, primitives.sha256(sealed), 'footbridge answer', new Uint8Array())
}

/** Tells one sealed offer from another. */
export function offerName({ ephemeralKey }: OpenedOffer): string {
  return encodeBase64Url(ephemeralKey)
}

function payloadOf(message: Uint8Array, time: number): Uint8Array {
  const least = OVERHEAD_BYTES + HEAD_BYTES + message.length
  const size = SIZES.find((size) => size >= least)
  if (size === undefined || message.length > MAX_SIGNALING_MESSAGE_BYTES) {
    throw new FootbridgeError('too-large', `a sealed message has at most ${MAX_SEALED_BYTES} bytes`)
  }
  const payload = new Uint8Array(size - OVERHEAD_BYTES)
  const view = new DataView(payload.buffer)
  view.setUint16(0, Math.floor(time / TIME_UNIT))
  view.setUint32(2, time % TIME_UNIT)
  view.setUint16(6, message.length)
  payload.set(message, HEAD_BYTES)
  return payload
}

function contentOf(payload: Uint8Array): SealedContent {
  if (payload.length < HEAD_BYTES) throw malformed()
  const view = new DataView(payload.buffer, payload.byteOffset)
  const end = HEAD_BYTES + view.getUint16(6)
  if (end > payload.length) throw malformed()
  return {
    time: view.getUint16(0) * TIME_UNIT + view.getUint32(2),
    message: payload.subarray(HEAD_BYTES, end),
  }
}

function framed(message: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(1 + message.length)
  sealed[0] = SEALED
  sealed.set(message, 1)
  return sealed
}

function unframed(sealed: Uint8Array): Uint8Array {
  if (sealed.length > MAX_SEALED_BYTES) {
    throw new FootbridgeError('too-large', `a sealed message has at most ${MAX_SEALED_BYTES} bytes`)
  }
  if (!isSealed(sealed)) throw malformed()
  return sealed.subarray(1)
}

function malformed(): FootbridgeError {
  return new FootbridgeError('malformed', 'this is no sealed message')
}
