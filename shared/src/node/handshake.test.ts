import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, encodeText } from '../bytes.ts'
import { MAX_PACKET_BYTES, PROTOCOL_VERSION } from '../constants.ts'
import { FootbridgeError } from '../errors.ts'
import { type AcceptedHello, acceptHello, ClientHandshake } from '../handshake.ts'
import { noblePrimitives } from '../noble.ts'
import { NoiseInitiator } from '../noise.ts'
import { PacketKind } from '../packet.ts'
import type { KeyPair, Primitives } from '../primitives.ts'
import { ReplayGuard } from '../replay-guard.ts'
import { nodePrimitives } from './node-primitives.ts'

const BACK_ENDS = [
  { name: 'node:crypto', primitives: nodePrimitives, other: noblePrimitives },
  { name: 'noble', primitives: noblePrimitives, other: nodePrimitives },
]

const NOW = 1_800_000_000_000
const EARLY = encodeText('early frames')
const NOTHING = new Uint8Array(0)
const STATIC_KEY = nodePrimitives.x25519.generate()

const code = (expected: string): unknown =>
  expect.objectContaining({ name: 'FootbridgeError', code: expected })

class Egress {
  readonly #primitives: Primitives
  readonly #staticKey: KeyPair
  readonly #replays = new ReplayGuard()
  now = NOW

  constructor(primitives: Primitives = nodePrimitives, staticKey: KeyPair = STATIC_KEY) {
    this.#primitives = primitives
    this.#staticKey = staticKey
  }

  accept(hello: Uint8Array): AcceptedHello {
    return acceptHello(hello, {
      primitives: this.#primitives,
      staticKey: this.#staticKey,
      replays: this.#replays,
      now: this.now,
    })
  }
}

function newClient(primitives: Primitives = nodePrimitives): ClientHandshake {
  return new ClientHandshake(primitives, STATIC_KEY.publicKey)
}

describe.each(BACK_ENDS)('a handshake on $name', ({ primitives, other }) => {
  it('gives both sides one session id, the same keys and the frames of the other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.uint8Array({ maxLength: 500 }), (early, answer) => {
        const client = newClient(primitives)
        const accepted = new Egress(other).accept(client.hello(early, NOW))
        expect(accepted.frames).toEqual(early)
        expect(accepted.earlyAccepted).toBe(true)
        const { packet, keys } = accepted.welcome(answer)
        const established = client.finish(packet)
        expect(established).toEqual({
          keys,
          sessionId: accepted.sessionId,
          earlyAccepted: true,
          frames: answer,
        })
      }),
      { numRuns: 10 },
    )
  })

  it('gives each session an id and keys of its own', () => {
    const egress = new Egress(primitives)
    const [one, two] = [1, 2].map(() => egress.accept(newClient(primitives).hello(NOTHING, NOW)))
    expect(one?.sessionId).not.toEqual(two?.sessionId)
    expect(one?.welcome(NOTHING).keys.clientToEgress).not.toEqual(two?.welcome(NOTHING).keys.clientToEgress)
  })
})

describe('the egress, given a HELLO', () => {
  it.each([-121_000, 121_000, -NOW])(
    'sets up the session but no early frames for a clock %i ms off',
    (off) => {
      const client = newClient()
      const accepted = new Egress().accept(client.hello(EARLY, NOW + off))
      expect(accepted.earlyAccepted).toBe(false)
      expect(client.finish(accepted.welcome(NOTHING).packet).earlyAccepted).toBe(false)
    },
  )

  it('refuses one that it has seen, for as long as it would count as fresh', () => {
    const egress = new Egress()
    const hello = newClient().hello(EARLY, NOW + 120_000)
    egress.accept(hello)
    for (const later of [0, 1, 119_000, 120_000]) {
      egress.now = NOW + later
      expect(() => egress.accept(hello)).toThrow(code('not-authentic'))
    }
    egress.now = NOW + 240_000
    expect(() => egress.accept(hello)).toThrow(code('not-authentic'))
  })

  it('does not let a message that it cannot open fill its memory', () => {
    const egress = new Egress()
    const hello = newClient().hello(EARLY, NOW)
    expect(() => egress.accept(flipped(hello, hello.length - 1))).toThrow(code('not-authentic'))
    expect(egress.accept(hello).earlyAccepted).toBe(true)
  })

  it('refuses one for another static key', () => {
    const stranger = new Egress(nodePrimitives, nodePrimitives.x25519.generate())
    expect(() => stranger.accept(newClient().hello(EARLY, NOW))).toThrow(code('not-authentic'))
  })

  it('refuses another version before it looks any further', () => {
    const hello = newClient().hello(EARLY, NOW)
    hello[1] = PROTOCOL_VERSION + 1
    expect(() => new Egress().accept(hello)).toThrow(code('protocol'))
    expect(() => new Egress().accept(Uint8Array.of(PacketKind.hello, PROTOCOL_VERSION + 1))).toThrow(
      code('protocol'),
    )
  })

  it('refuses one with any byte changed', () => {
    const hello = newClient().hello(EARLY, NOW)
    for (const at of hello.keys()) {
      expect(() => new Egress().accept(flipped(hello, at)), `byte ${at}`).toThrow(FootbridgeError)
    }
  })

  it('refuses one cut short anywhere, and one that is too long', () => {
    const hello = newClient().hello(EARLY, NOW)
    for (let length = 0; length < hello.length; length += 1) {
      expect(() => new Egress().accept(hello.subarray(0, length)), `${length} bytes`).toThrow(FootbridgeError)
    }
    expect(() => new Egress().accept(concat(hello, new Uint8Array(MAX_PACKET_BYTES)))).toThrow(
      code('malformed'),
    )
  })

  it('refuses random bytes with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), fc.boolean(), (bytes, marked) => {
        const packet = marked ? concat(Uint8Array.of(PacketKind.hello, PROTOCOL_VERSION), bytes) : bytes
        expect(() => new Egress().accept(packet)).toThrow(FootbridgeError)
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['no length', NOTHING],
    ['a length past its end', Uint8Array.of(0, 9, 0x80)],
    ['fields that are no map', payloadWith([1])],
    ['no time', payloadWith({})],
    ['a time that is no number', payloadWith({ time: 'now' })],
    ['fields beyond their limit', payloadWith({ time: NOW, more: 'x'.repeat(1_100) })],
  ])('refuses a well-sealed payload with %s', (_, payload) => {
    expect(() => new Egress().accept(helloWith(payload))).toThrow(FootbridgeError)
  })

  it('ignores fields of later versions', () => {
    const hello = helloWith(payloadWith({ time: NOW, later: [1, 2, 3] }, EARLY))
    expect(new Egress().accept(hello)).toMatchObject({ frames: EARLY, earlyAccepted: true })
  })
})

describe('the client, given an answer to HELLO', () => {
  function answered(): { client: ClientHandshake; welcome: Uint8Array } {
    const client = newClient()
    const accepted = new Egress().accept(client.hello(EARLY, NOW))
    return { client, welcome: accepted.welcome(encodeText('answer')).packet }
  }

  it('refuses a WELCOME with any byte changed', () => {
    const length = answered().welcome.length
    for (let at = 0; at < length; at += 1) {
      const { client, welcome } = answered()
      expect(() => client.finish(flipped(welcome, at)), `byte ${at}`).toThrow(FootbridgeError)
    }
  })

  it('refuses the WELCOME of another session', () => {
    expect(() => answered().client.finish(answered().welcome)).toThrow(code('not-authentic'))
  })

  it('refuses random bytes with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), fc.boolean(), (bytes, marked) => {
        const client = newClient()
        client.hello(EARLY, NOW)
        expect(() =>
          client.finish(marked ? concat(Uint8Array.of(PacketKind.welcome), bytes) : bytes),
        ).toThrow(FootbridgeError)
      }),
      { numRuns: 50 },
    )
  })
})

/** A HELLO with `payload` as it stands. */
function helloWith(payload: Uint8Array): Uint8Array {
  const noise = new NoiseInitiator({
    primitives: nodePrimitives,
    prologue: encodeText(`footbridge ${PROTOCOL_VERSION}`),
    remoteStatic: STATIC_KEY.publicKey,
  })
  return concat(Uint8Array.of(PacketKind.hello, PROTOCOL_VERSION), noise.writeMessage(payload))
}

function payloadWith(fields: unknown, frames: Uint8Array = NOTHING): Uint8Array {
  const encoded = encode(fields)
  return concat(Uint8Array.of(encoded.length >> 8, encoded.length & 0xff), encoded, frames)
}

function flipped(original: Uint8Array, at: number): Uint8Array {
  return original.map((byte, index) => (index === at ? byte ^ 1 : byte))
}
