import { MAX_PACKET_BYTES } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { PathKey } from './path-key.ts'
import { AEAD_TAG_BYTES, type Primitives } from './primitives.ts'

/**
 * A packet is one carrier message. Its first byte says which kind it is; HELLO and WELCOME are Noise messages
 * (`handshake.ts`), the other two are sealed with the keys of their path.
 */
export const PacketKind = {
  /** `kind · version u8 · Noise message 1`: opens a session, on path 0. */
  hello: 0x01,
  /** `kind · Noise message 2`: answers HELLO. */
  welcome: 0x02,
  /** `kind · session id (16) · path id u32 · sealed`: opens a later path; packet number 0. */
  join: 0x03,
  /** `kind · packet number u32 · sealed`: everything else. */
  sealed: 0x04,
} as const

export const SESSION_ID_BYTES = 16
const SEALED_HEADER_BYTES = 5
const JOIN_HEADER_BYTES = 1 + SESSION_ID_BYTES + 4
/** Bytes of frames that fit in any sealed packet, JOIN included. */
export const MAX_PAYLOAD_BYTES: number = MAX_PACKET_BYTES - JOIN_HEADER_BYTES - AEAD_TAG_BYTES
/** Header and tag of a sealed packet. */
export const PACKET_OVERHEAD_BYTES: number = SEALED_HEADER_BYTES + AEAD_TAG_BYTES

/** Packet numbers end here; a path that gets this far is replaced. */
export const MAX_PACKET_NUMBER: number = 2 ** 32 - 1

/** Keys of a session, one per direction, from which each path derives its own. */
export interface SessionKeys {
  readonly clientToEgress: Uint8Array
  readonly egressToClient: Uint8Array
}

/** Seals what one side sends on one path. Numbers packets itself, so a nonce cannot be used twice. */
export class PacketSealer {
  readonly #key: PathKey
  readonly #pathId: number
  #number: number

  /** `firstNumber` is 1 where packet 0 was a Noise message. */
  constructor(primitives: Primitives, directionKey: Uint8Array, pathId: number, firstNumber: 0 | 1) {
    this.#key = new PathKey(primitives, directionKey, pathId)
    this.#pathId = pathId
    this.#number = firstNumber
  }

  /** True when the path has used up its packet numbers. */
  get spent(): boolean {
    return this.#number >= MAX_PACKET_NUMBER
  }

  /** The whole packet. Throws `limit` when `spent`. */
  seal(payload: Uint8Array): Uint8Array {
    const packet = new Uint8Array(PACKET_OVERHEAD_BYTES + payload.length)
    packet[0] = PacketKind.sealed
    new DataView(packet.buffer).setUint32(1, this.#number)
    this.#sealInto(packet, SEALED_HEADER_BYTES, payload)
    return packet
  }

  /** Packet 0 of a later path. */
  sealJoin(sessionId: Uint8Array, payload: Uint8Array): Uint8Array {
    const packet = new Uint8Array(JOIN_HEADER_BYTES + payload.length + AEAD_TAG_BYTES)
    packet[0] = PacketKind.join
    packet.set(sessionId, 1)
    new DataView(packet.buffer).setUint32(1 + SESSION_ID_BYTES, this.#pathId)
    this.#sealInto(packet, JOIN_HEADER_BYTES, payload)
    return packet
  }

  #sealInto(packet: Uint8Array, headerBytes: number, payload: Uint8Array): void {
    if (this.spent) throw new FootbridgeError('limit', 'a path has used up its packet numbers')
    this.#key.use(this.#number)
    this.#number += 1
    this.#key.aead.seal(
      this.#key.nonce,
      packet.subarray(0, headerBytes),
      payload,
      packet.subarray(headerBytes),
    )
  }
}

/**
 * Opens what the other side sealed on one path. Carriers deliver in order and whole, so the only packet taken is the
 * next one: whatever was altered, repeated, left out or moved by the bridge does not authenticate as such and is
 * a fault of that path.
 */
export class PacketOpener {
  readonly #key: PathKey
  #next: number

  constructor(primitives: Primitives, directionKey: Uint8Array, pathId: number, firstNumber: 0 | 1) {
    this.#key = new PathKey(primitives, directionKey, pathId)
    this.#next = firstNumber
  }

  /** The payload, or `undefined` for a packet that is not the authentic next one. */
  open(packet: Uint8Array): Uint8Array | undefined {
    if (packet[0] !== PacketKind.sealed || packet.length < PACKET_OVERHEAD_BYTES) return undefined
    const number = new DataView(packet.buffer, packet.byteOffset).getUint32(1)
    return this.#open(packet, SEALED_HEADER_BYTES, number)
  }

  /** The payload of a JOIN, or `undefined`. */
  openJoin(packet: Uint8Array): Uint8Array | undefined {
    if (packet[0] !== PacketKind.join || packet.length < JOIN_HEADER_BYTES + AEAD_TAG_BYTES) return undefined
    return this.#open(packet, JOIN_HEADER_BYTES, 0)
  }

  #open(packet: Uint8Array, headerBytes: number, number: number): Uint8Array | undefined {
    if (number !== this.#next) return undefined
    this.#key.use(number)
    const payload = this.#key.aead.open(
      this.#key.nonce,
      packet.subarray(0, headerBytes),
      packet.subarray(headerBytes),
    )
    if (payload !== undefined) this.#next += 1
    return payload
  }
}

/** The session and path that a JOIN names; nothing in it is proven yet. Throws `malformed`. */
export function readJoinHeader(packet: Uint8Array): { sessionId: Uint8Array; pathId: number } {
  if (packet[0] !== PacketKind.join || packet.length < JOIN_HEADER_BYTES + AEAD_TAG_BYTES) {
    throw new FootbridgeError('malformed', 'a JOIN packet is cut off')
  }
  const view = new DataView(packet.buffer, packet.byteOffset)
  return {
    sessionId: packet.slice(1, 1 + SESSION_ID_BYTES),
    pathId: view.getUint32(1 + SESSION_ID_BYTES),
  }
}
