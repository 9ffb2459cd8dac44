import { encodeText } from './bytes.ts'
import { MAX_PACKET_BYTES, PROTOCOL_VERSION } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { NoiseInitiator, NoiseResponder } from './noise.ts'
import { PacketKind, SESSION_ID_BYTES, type SessionKeys } from './packet.ts'
import type { KeyPair, Primitives } from './primitives.ts'
import type { ReplayGuard } from './replay-guard.ts'
import { decodeStructure, encodeStructure, type Structure } from './structure.ts'

/**
 * HELLO and WELCOME: Noise NK between client and egress. The payload of each is `length u16 · msgpack map · frames`.
 * The frames of HELLO are early (0-RTT): the egress acts on them only if the message is fresh and was never seen
 * before; else the session still stands and the client sends them again.
 */

const PROLOGUE = `footbridge ${PROTOCOL_VERSION}`

/** Largest map of fields in a handshake message; later versions may add some. */
const MAX_FIELDS_BYTES = 1_024

/** What WELCOME settles. */
export interface Established {
  readonly keys: SessionKeys
  readonly sessionId: Uint8Array
  /** Whether the egress acted on the frames in HELLO. */
  readonly earlyAccepted: boolean
  /** Frames that the other side sent along. */
  readonly frames: Uint8Array
}

export class ClientHandshake {
  readonly #noise: NoiseInitiator

  /** `egressPublicKey` comes from the client's own network descriptor, never from a server's answer. */
  constructor(primitives: Primitives, egressPublicKey: Uint8Array) {
    this.#noise = new NoiseInitiator({
      primitives,
      prologue: encodeText(PROLOGUE),
      remoteStatic: egressPublicKey,
    })
  }

  /** The HELLO packet. `now` is milliseconds since 1970. */
  hello(frames: Uint8Array, now: number): Uint8Array {
    const message = this.#noise.writeMessage(joinPayload({ time: now }, frames))
    const packet = new Uint8Array(2 + message.length)
    packet[0] = PacketKind.hello
    packet[1] = PROTOCOL_VERSION
    packet.set(message, 2)
    return packet
  }

  /** Takes the WELCOME packet. Throws `not-authentic` or `malformed`. */
  finish(packet: Uint8Array): Established {
    if (packet[0] !== PacketKind.welcome)
      throw new FootbridgeError('malformed', 'the egress did not answer HELLO')
    const { fields, frames } = splitPayload(this.#noise.readMessage(packet.subarray(1)))
    const sessionId = fields.bytes('session', SESSION_ID_BYTES)
    const earlyAccepted = fields.flag('early')
    return { keys: this.#noise.split(), sessionId, earlyAccepted, frames }
  }
}

/** What the egress makes of a HELLO. */
export interface AcceptedHello {
  readonly sessionId: Uint8Array
  /** Early frames; to be acted on only if `earlyAccepted`. */
  readonly frames: Uint8Array
  readonly earlyAccepted: boolean
  /** Makes the WELCOME packet, with `frames` sent along. Called once. */
  welcome(frames: Uint8Array): { packet: Uint8Array; keys: SessionKeys }
}

/**
 * Egress: takes a HELLO. Throws `not-authentic` for one that is replayed or not meant for this egress, `malformed`
 * for a bad one, `protocol` for a version that is not spoken here.
 */
export function acceptHello(
  packet: Uint8Array,
  options: { primitives: Primitives; staticKey: KeyPair; replays: ReplayGuard; now: number },
): AcceptedHello {
  const { primitives, staticKey, replays, now } = options
  if (packet[0] !== PacketKind.hello || packet.length > MAX_PACKET_BYTES) {
    throw new FootbridgeError('malformed', 'a session begins with HELLO')
  }
  if (packet[1] !== PROTOCOL_VERSION)
    throw new FootbridgeError('protocol', 'the client speaks another version')
  const message = packet.subarray(2)
  const noise = new NoiseResponder({ primitives, prologue: encodeText(PROLOGUE), staticKey })
  const { fields, frames } = splitPayload(noise.readMessage(message))
  const verdict = replays.check(message.subarray(0, 32), fields.integer('time'), now)
  if (verdict === 'replayed') throw new FootbridgeError('not-authentic', 'a HELLO was replayed')
  const earlyAccepted = verdict === 'fresh'
  const sessionId = primitives.randomBytes(SESSION_ID_BYTES)
  return {
    sessionId,
    frames,
    earlyAccepted,
    welcome: (welcomeFrames) => {
      const answer = noise.writeMessage(
        joinPayload({ session: sessionId, early: earlyAccepted }, welcomeFrames),
      )
      const welcome = new Uint8Array(1 + answer.length)
      welcome[0] = PacketKind.welcome
      welcome.set(answer, 1)
      return { packet: welcome, keys: noise.split() }
    },
  }
}

function joinPayload(fields: Record<string, unknown>, frames: Uint8Array): Uint8Array {
  const head = encodeStructure(fields)
  const payload = new Uint8Array(2 + head.length + frames.length)
  new DataView(payload.buffer).setUint16(0, head.length)
  payload.set(head, 2)
  payload.set(frames, 2 + head.length)
  return payload
}

function splitPayload(payload: Uint8Array): { fields: Structure; frames: Uint8Array } {
  if (payload.length < 2) throw new FootbridgeError('malformed', 'a handshake message is cut off')
  const end = 2 + new DataView(payload.buffer, payload.byteOffset).getUint16(0)
  if (end > payload.length) throw new FootbridgeError('malformed', 'a handshake message is cut off')
  const fields = decodeStructure(payload.subarray(2, end), 'a handshake message', MAX_FIELDS_BYTES)
  return { fields, frames: payload.subarray(end) }
}
