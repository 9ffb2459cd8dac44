import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, encodeText } from '../bytes.ts'
import { isFootbridgeError } from '../errors.ts'
import { noblePrimitives } from '../noble.ts'
import {
  MAX_NOISE_MESSAGE_BYTES,
  NOISE_OVERHEAD_BYTES,
  NoiseInitiator,
  type NoiseInitiatorOptions,
  NoiseResponder,
} from '../noise.ts'
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type KeyPair, type Primitives } from '../primitives.ts'
import { nodePrimitives } from './node-primitives.ts'

interface NoiseVector {
  readonly init_prologue: string
  readonly init_ephemeral: string
  readonly init_remote_static: string
  readonly resp_prologue: string
  readonly resp_static: string
  readonly resp_ephemeral: string
  readonly handshake_hash: string
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[]
}

const VECTOR = JSON.parse(
  readFileSync(new URL('../vectors/noise-nk.json', import.meta.url), 'utf8'),
) as NoiseVector

const BACK_ENDS = [
  { name: 'node:crypto', primitives: nodePrimitives, other: noblePrimitives },
  { name: 'noble', primitives: noblePrimitives, other: nodePrimitives },
]

const PROLOGUE = encodeText('prologue')
const STATIC_KEY = nodePrimitives.x25519.generate()
const NOTHING = new Uint8Array(0)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const code = (expected: string): unknown =>
  expect.objectContaining({ name: 'FootbridgeError', code: expected })

function initiator(
  primitives: Primitives,
  changes: Partial<Pick<NoiseInitiatorOptions, 'prologue' | 'ephemeral'>> = {},
): NoiseInitiator {
  return new NoiseInitiator({
    primitives,
    prologue: PROLOGUE,
    remoteStatic: STATIC_KEY.publicKey,
    ...changes,
  })
}

function responder(primitives: Primitives, staticKey: KeyPair = STATIC_KEY): NoiseResponder {
  return new NoiseResponder({ primitives, prologue: PROLOGUE, staticKey })
}

/** A Noise transport message: an empty associated data, and the count of messages before it as nonce. */
function transport(
  primitives: Primitives,
  key: Uint8Array,
  count: number,
  plaintext: Uint8Array,
): Uint8Array {
  const nonce = new Uint8Array(AEAD_NONCE_BYTES)
  new DataView(nonce.buffer).setBigUint64(4, BigInt(count), true)
  const sealed = new Uint8Array(plaintext.length + AEAD_TAG_BYTES)
  primitives.aead(key).seal(nonce, NOTHING, plaintext, sealed)
  return sealed
}

describe.each(BACK_ENDS)('Noise NK on $name', ({ primitives, other }) => {
  test('writes and reads every message of the published vector', () => {
    const [hello, welcome, ...rest] = VECTOR.messages
    if (hello === undefined || welcome === undefined) throw new Error('no handshake in the vector')
    const client = new NoiseInitiator({
      primitives,
      prologue: bytes(VECTOR.init_prologue),
      remoteStatic: bytes(VECTOR.init_remote_static),
      ephemeral: primitives.x25519.fromSecretKey(bytes(VECTOR.init_ephemeral)),
    })
    const egress = new NoiseResponder({
      primitives,
      prologue: bytes(VECTOR.resp_prologue),
      staticKey: primitives.x25519.fromSecretKey(bytes(VECTOR.resp_static)),
      ephemeral: primitives.x25519.fromSecretKey(bytes(VECTOR.resp_ephemeral)),
    })

    expect(hex(client.writeMessage(bytes(hello.payload)))).toBe(hello.ciphertext)
    expect(hex(egress.readMessage(bytes(hello.ciphertext)))).toBe(hello.payload)
    expect(hex(egress.writeMessage(bytes(welcome.payload)))).toBe(welcome.ciphertext)
    expect(hex(client.readMessage(bytes(welcome.ciphertext)))).toBe(welcome.payload)

    const keys = client.split()
    expect(egress.split()).toEqual(keys)
    expect(hex(keys.handshakeHash)).toBe(VECTOR.handshake_hash)
    for (const [at, { payload, ciphertext }] of rest.entries()) {
      const key = at % 2 === 0 ? keys.clientToEgress : keys.egressToClient
      expect(hex(transport(primitives, key, Math.floor(at / 2), bytes(payload)))).toBe(ciphertext)
    }
  })

  test('shakes hands with the other back end and gives both ends the same keys', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (early, answer) => {
        const client = initiator(primitives)
        const egress = responder(other)
        expect(hex(egress.readMessage(client.writeMessage(early)))).toBe(hex(early))
        expect(hex(client.readMessage(egress.writeMessage(answer)))).toBe(hex(answer))
        const keys = client.split()
        expect(egress.split()).toEqual(keys)
        expect(hex(keys.clientToEgress)).not.toBe(hex(keys.egressToClient))
      }),
      { numRuns: 10 },
    )
  })

  test('refuses a first message with any byte changed', () => {
    const message = initiator(primitives).writeMessage(encodeText('early'))
    for (const at of message.keys()) {
      expect(() => responder(primitives).readMessage(flipped(message, at)), `byte ${at}`).toThrow(
        code('not-authentic'),
      )
    }
  })

  test('refuses a second message with any byte changed', () => {
    const ephemeral = primitives.x25519.generate()
    const egress = responder(primitives)
    egress.readMessage(initiator(primitives, { ephemeral }).writeMessage(NOTHING))
    const message = egress.writeMessage(encodeText('answer'))
    for (const at of message.keys()) {
      const client = initiator(primitives, { ephemeral })
      client.writeMessage(NOTHING)
      expect(() => client.readMessage(flipped(message, at)), `byte ${at}`).toThrow(code('not-authentic'))
    }
  })

  test('refuses a message cut short or with bytes after its end', () => {
    const message = initiator(primitives).writeMessage(encodeText('early'))
    for (let length = 0; length < message.length; length++) {
      expect(() => responder(primitives).readMessage(message.subarray(0, length))).toThrow(
        code(length < NOISE_OVERHEAD_BYTES ? 'malformed' : 'not-authentic'),
      )
    }
    expect(() => responder(primitives).readMessage(concat(message, Uint8Array.of(0)))).toThrow(
      code('not-authentic'),
    )
  })

  test('refuses random bytes with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
        expect(() => responder(primitives).readMessage(message)).toThrow(
          expect.toSatisfy((error) => isFootbridgeError(error, 'malformed', 'not-authentic')),
        )
      }),
      { numRuns: 30 },
    )
  })

  test('refuses an ephemeral key of small order', () => {
    const message = new Uint8Array(NOISE_OVERHEAD_BYTES)
    expect(() => responder(primitives).readMessage(message)).toThrow(code('malformed'))
  })

  test('refuses a message for the holder of another static key', () => {
    const message = initiator(primitives).writeMessage(NOTHING)
    const stranger = responder(primitives, primitives.x25519.generate())
    expect(() => stranger.readMessage(message)).toThrow(code('not-authentic'))
  })

  test('refuses a message made with another prologue', () => {
    const message = initiator(primitives, { prologue: encodeText('another') }).writeMessage(NOTHING)
    expect(() => responder(primitives).readMessage(message)).toThrow(code('not-authentic'))
  })
})

describe('a Noise NK handshake', () => {
  test('takes its steps in their order only, and an attempt out of turn does no harm', () => {
    const client = initiator(nodePrimitives)
    const egress = responder(nodePrimitives)
    expect(() => client.readMessage(NOTHING)).toThrow(code('protocol'))
    expect(() => client.split()).toThrow(code('protocol'))
    expect(() => egress.writeMessage(NOTHING)).toThrow(code('protocol'))

    const hello = client.writeMessage(NOTHING)
    expect(() => client.writeMessage(NOTHING)).toThrow(code('protocol'))
    egress.readMessage(hello)
    expect(() => egress.readMessage(hello)).toThrow(code('protocol'))
    client.readMessage(egress.writeMessage(NOTHING))

    expect(client.split()).toEqual(egress.split())
    expect(() => client.split()).toThrow(code('protocol'))
  })

  test('is over after a message that does not authenticate', () => {
    const message = initiator(nodePrimitives).writeMessage(NOTHING)
    const egress = responder(nodePrimitives)
    expect(() => egress.readMessage(flipped(message, 40))).toThrow(code('not-authentic'))
    expect(() => egress.readMessage(message)).toThrow(code('protocol'))
    expect(() => egress.writeMessage(NOTHING)).toThrow(code('protocol'))
  })

  test('carries the largest message that Noise allows and refuses one byte more', () => {
    const largest = new Uint8Array(MAX_NOISE_MESSAGE_BYTES - NOISE_OVERHEAD_BYTES)
    const message = initiator(nodePrimitives).writeMessage(largest)
    expect(message).toHaveLength(MAX_NOISE_MESSAGE_BYTES)
    expect(responder(nodePrimitives).readMessage(message)).toHaveLength(largest.length)

    const over = concat(message, Uint8Array.of(0))
    expect(() => responder(nodePrimitives).readMessage(over)).toThrow(code('too-large'))
    expect(() => initiator(nodePrimitives).writeMessage(concat(largest, Uint8Array.of(0)))).toThrow(
      code('too-large'),
    )
  })

  test('does not start with a static key of the wrong length', () => {
    const client = new NoiseInitiator({
      primitives: nodePrimitives,
      prologue: PROLOGUE,
      remoteStatic: STATIC_KEY.publicKey.subarray(1),
    })
    expect(() => client.writeMessage(NOTHING)).toThrow(code('malformed'))
  })
})

function flipped(original: Uint8Array, at: number): Uint8Array {
  return original.map((byte, index) => (index === at ? byte ^ 1 : byte))
}
