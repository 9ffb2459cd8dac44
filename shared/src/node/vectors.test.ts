import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { concat } from '../bytes.ts'
import type { Datagram } from '../datagram.ts'
import { writeFrame } from '../frame.test.helper.ts'
import { type Frame, FrameType, FrameWriter, readFrames } from '../frame.ts'
import { acceptHello, ClientHandshake } from '../handshake.ts'
import { noblePrimitives } from '../noble.ts'
import { PacketKind, PacketOpener, PacketSealer, readJoinHeader } from '../packet.ts'
import { PathKey } from '../path-key.ts'
import { AEAD_TAG_BYTES, type Primitives } from '../primitives.ts'
import { leadingZeros, WorkPuzzle } from '../proof-of-work.ts'
import { ReplayGuard } from '../replay-guard.ts'
import { answerBox, offerBox, openOffer, sealOffer, signalingKeys } from '../sealed-offer.ts'
import { nodePrimitives } from './node-primitives.ts'

/** The golden vectors of `PROTOCOL.md`: what any implementation must write and read. Bytes are hexadecimal. */
const FRAMES = load<{ frames: { frame: Frame & { bytes?: string }; hex: string }[] }>('frames')
const PACKETS = load<PacketVectors>('packets')
const HANDSHAKE = load<HandshakeVector>('handshake')
const SEALED = load<SealedVector>('sealed-offers')
const WORK = load<{ proofs: WorkVector[] }>('proof-of-work')

interface WorkVector extends Readonly<Record<'challenge' | 'sdp' | 'nonce' | 'digest', string>> {
  readonly bits: number
}

interface PacketVector {
  readonly number: number
  readonly payload: string
  readonly packet: string
}

interface PacketVectors {
  readonly clientToEgress: string
  readonly egressToClient: string
  readonly sessionId: string
  readonly joins: readonly { pathId: number; payload: string; packet: string }[]
  readonly sealed: readonly { from: 'client' | 'egress'; pathId: number; packets: readonly PacketVector[] }[]
  readonly keyRotation: { pathId: number; packets: readonly (PacketVector & { nonce: string })[] }
}

interface HandshakeVector {
  readonly egressStaticSecret: string
  readonly clientEphemeralSecret: string
  readonly egressEphemeralSecret: string
  readonly time: number
  readonly sessionId: string
  readonly helloFrames: string
  readonly hello: string
  readonly welcomeFrames: string
  readonly welcome: string
  readonly clientToEgress: string
  readonly egressToClient: string
}

interface SealedVector
  extends Readonly<
    Record<
      | 'ticketSecret'
      | 'signalingSecret'
      | 'signalingKey'
      | 'clientEphemeralSecret'
      | 'signalingEphemeralSecret'
      | 'offer'
      | 'sealedOffer'
      | 'answer'
      | 'sealedAnswer'
      | 'offerBox'
      | 'answerBox',
      string
    >
  > {
  readonly offerTime: number
  readonly answerTime: number
}

const BACK_ENDS = [
  { name: 'node:crypto', primitives: nodePrimitives },
  { name: 'noble', primitives: noblePrimitives },
]

const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

/** The frame whose bytes are hexadecimal in JSON. */
function withBytes(frame: Frame): Frame {
  const decode = (text: unknown) => bytes(text as string)
  if (frame.type === 'data') return { ...frame, bytes: decode(frame.bytes) }
  if (frame.type !== 'datagram') return frame
  const datagram: Datagram = { ...frame.datagram, data: decode(frame.datagram.data) }
  return { ...frame, datagram }
}

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T
}

describe('the vectors of frames', () => {
  const cases = FRAMES.frames.map(({ frame, hex: encoded }) => ({
    type: frame.type,
    frame: withBytes(frame),
    encoded,
  }))

  it.each(cases)('give and are given by $type', ({ frame, encoded }) => {
    const writer = new FrameWriter(400)
    writeFrame(writer, frame)
    expect(hex(writer.payload())).toBe(encoded)
    expect(readFrames(bytes(encoded))).toEqual([frame])
  })

  it('show every type but padding', () => {
    const shown = new Set(cases.map(({ encoded }) => bytes(encoded)[0]))
    expect(shown).toEqual(new Set(Object.values(FrameType).filter((type) => type !== FrameType.padding)))
  })
})

describe.each(BACK_ENDS)('the vectors of packets on $name', ({ primitives }) => {
  const keyOf = (from: 'client' | 'egress') =>
    bytes(from === 'client' ? PACKETS.clientToEgress : PACKETS.egressToClient)

  it.each(PACKETS.sealed)(
    'are sealed and opened in order, from $from on path $pathId',
    ({ from, pathId, packets }) => {
      const first = packets[0]?.number === 0 ? 0 : 1
      const sealer = new PacketSealer(primitives, keyOf(from), pathId, first)
      const opener = new PacketOpener(primitives, keyOf(from), pathId, first)
      for (const { payload, packet } of packets) {
        expect(hex(sealer.seal(bytes(payload)))).toBe(packet)
        expect(hex(opener.open(bytes(packet)))).toBe(payload)
      }
    },
  )

  it.each(PACKETS.joins)('hold the JOIN of path $pathId', ({ pathId, payload, packet }) => {
    const sessionId = bytes(PACKETS.sessionId)
    const sealer = new PacketSealer(primitives, keyOf('client'), pathId, 0)
    expect(hex(sealer.sealJoin(sessionId, bytes(payload)))).toBe(packet)
    expect(readJoinHeader(bytes(packet))).toEqual({ sessionId, pathId })
    expect(hex(new PacketOpener(primitives, keyOf('client'), pathId, 0).openJoin(bytes(packet)))).toBe(
      payload,
    )
  })

  it('change their key with each 2^20 packets', () => {
    const { pathId, packets } = PACKETS.keyRotation
    const key = new PathKey(primitives, keyOf('client'), pathId)
    for (const { number, nonce, payload, packet } of packets) {
      key.use(number)
      const header = Uint8Array.of(PacketKind.sealed, 0, 0, 0, 0)
      new DataView(header.buffer).setUint32(1, number)
      const sealed = new Uint8Array(payload.length / 2 + AEAD_TAG_BYTES)
      key.aead.seal(key.nonce, header, bytes(payload), sealed)
      expect(hex(key.nonce), `nonce of packet ${number}`).toBe(nonce)
      expect(hex(concat(header, sealed)), `packet ${number}`).toBe(packet)
    }
  })
})

describe.each(BACK_ENDS)('the vector of the handshake on $name', ({ primitives }) => {
  it('is written and read by both sides', () => {
    const keys = {
      clientToEgress: bytes(HANDSHAKE.clientToEgress),
      egressToClient: bytes(HANDSHAKE.egressToClient),
    }
    const sessionId = bytes(HANDSHAKE.sessionId)
    const staticKey = primitives.x25519.fromSecretKey(bytes(HANDSHAKE.egressStaticSecret))

    const client = new ClientHandshake(
      withoutChance(primitives, HANDSHAKE.clientEphemeralSecret),
      staticKey.publicKey,
    )
    expect(hex(client.hello(bytes(HANDSHAKE.helloFrames), HANDSHAKE.time))).toBe(HANDSHAKE.hello)

    const accepted = acceptHello(bytes(HANDSHAKE.hello), {
      primitives: withoutChance(primitives, HANDSHAKE.egressEphemeralSecret, sessionId),
      staticKey,
      replays: new ReplayGuard(),
      now: HANDSHAKE.time,
    })
    expect(accepted).toMatchObject({ sessionId, earlyAccepted: true, frames: bytes(HANDSHAKE.helloFrames) })
    const welcome = accepted.welcome(bytes(HANDSHAKE.welcomeFrames))
    expect(hex(welcome.packet)).toBe(HANDSHAKE.welcome)
    expect(welcome.keys).toMatchObject(keys)

    expect(client.finish(bytes(HANDSHAKE.welcome))).toMatchObject({
      sessionId,
      earlyAccepted: true,
      frames: bytes(HANDSHAKE.welcomeFrames),
      keys,
    })
  })
})

describe.each(BACK_ENDS)('the vector of sealed offers on $name', ({ primitives }) => {
  it('is written and read by both sides', () => {
    const staticKey = signalingKeys(primitives, bytes(SEALED.ticketSecret))
    const signalingKey = bytes(SEALED.signalingKey)
    expect(hex(staticKey.secretKey)).toBe(SEALED.signalingSecret)
    expect(hex(staticKey.publicKey)).toBe(SEALED.signalingKey)
    const ephemeral = (secret: string) => primitives.x25519.fromSecretKey(bytes(secret))

    const sealed = sealOffer(bytes(SEALED.offer), {
      primitives,
      signalingKey,
      now: SEALED.offerTime,
      ephemeral: ephemeral(SEALED.clientEphemeralSecret),
    })
    expect(hex(sealed.bytes)).toBe(SEALED.sealedOffer)
    const opened = openOffer(bytes(SEALED.sealedOffer), {
      primitives,
      staticKey,
      ephemeral: ephemeral(SEALED.signalingEphemeralSecret),
    })
    expect(opened).toMatchObject({ time: SEALED.offerTime, message: bytes(SEALED.offer) })
    expect(hex(opened.seal(bytes(SEALED.answer), SEALED.answerTime))).toBe(SEALED.sealedAnswer)
    const answer = sealed.open(bytes(SEALED.sealedAnswer))
    expect(answer).toEqual({ time: SEALED.answerTime, message: bytes(SEALED.answer) })
  })

  it('names the boxes of public relays', () => {
    expect(hex(offerBox(primitives, bytes(SEALED.signalingKey)))).toBe(SEALED.offerBox)
    expect(hex(answerBox(primitives, bytes(SEALED.sealedOffer)))).toBe(SEALED.answerBox)
  })
})

describe.each(BACK_ENDS)('the vectors of proofs of work on $name', ({ primitives }) => {
  it.each(WORK.proofs)(
    'are the first proof with $bits zero bits',
    ({ challenge, sdp, bits, nonce, digest }) => {
      const puzzle = new WorkPuzzle(bytes(challenge), sdp, primitives)
      expect(hex(puzzle.search(bits, 0, 100_000))).toBe(nonce)
      expect(hex(puzzle.digest(bytes(nonce)))).toBe(digest)
      expect(leadingZeros(bytes(digest))).toBeGreaterThanOrEqual(bits)
    },
  )
})

/** `primitives` whose next key pair and random bytes are known. */
function withoutChance(primitives: Primitives, secretKey: string, random?: Uint8Array): Primitives {
  return {
    ...primitives,
    randomBytes: (length) => random ?? primitives.randomBytes(length),
    x25519: { ...primitives.x25519, generate: () => primitives.x25519.fromSecretKey(bytes(secretKey)) },
  }
}
