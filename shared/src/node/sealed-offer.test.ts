import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_SIGNALING_MESSAGE_BYTES } from '../constants.ts'
import { isSealed, MAX_SEALED_BYTES, openOffer, sealOffer } from '../sealed-offer.ts'
import { encodeSignalingMessage } from '../signaling-messages.ts'
import { nodePrimitives as primitives } from './node-primitives.ts'

const staticKey = primitives.x25519.generate()
const options = { primitives, signalingKey: staticKey.publicKey, now: 1_800_000_000_000 }
const open = (sealed: Uint8Array) => openOffer(sealed, { primitives, staticKey })
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

describe('a sealed offer', () => {
  it('comes out as it went in, and so does its answer, in one of six lengths', () => {
    const message = fc.uint8Array({ maxLength: MAX_SIGNALING_MESSAGE_BYTES, size: 'max' })
    const time = fc.nat({ max: 2 ** 48 - 1 })
    fc.assert(
      fc.property(message, message, time, (offer, answer, now) => {
        const sealed = sealOffer(offer, { ...options, now })
        const opened = open(sealed.bytes)
        expect(opened.time).toBe(now)
        expect(opened.message).toEqual(offer)
        const sealedAnswer = opened.seal(answer, now)
        expect(sealed.open(sealedAnswer)).toEqual({ time: now, message: answer })
        for (const { length } of [sealed.bytes, sealedAnswer]) {
          expect([1_024, 2_048, 4_096, 8_192, 16_384, MAX_SEALED_BYTES]).toContain(length)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('is told from one that is not sealed by its first byte', () => {
    expect(isSealed(sealOffer(Uint8Array.of(), options).bytes)).toBe(true)
    expect(isSealed(encodeSignalingMessage({ type: 'cancel', offerId: 1 }))).toBe(false)
    expect(isSealed(new Uint8Array())).toBe(false)
  })

  it('is opened with no other key, and not once a bit of it is another', () => {
    const { bytes } = sealOffer(Uint8Array.of(1, 2, 3), options)
    const other = primitives.x25519.generate()
    expect(() => openOffer(bytes, { primitives, staticKey: other })).toThrow(code('not-authentic'))
    for (const at of [1, 40, bytes.length - 1]) {
      const altered = bytes.slice()
      altered[at] = (altered[at] ?? 0) ^ 1
      expect(() => open(altered)).toThrow(code('not-authentic'))
    }
    expect(() => open(bytes.subarray(0, 30))).toThrow(code('malformed'))
    expect(() => open(new Uint8Array(MAX_SEALED_BYTES + 1).fill(1))).toThrow(code('too-large'))
    expect(() => open(Uint8Array.of(2, 1))).toThrow(code('malformed'))
  })

  it('takes its own answer and no other, whatever else was tried before', () => {
    const [mine, theirs] = [sealOffer(Uint8Array.of(1), options), sealOffer(Uint8Array.of(1), options)]
    const answer = open(mine.bytes).seal(Uint8Array.of(7), 5)
    expect(() => mine.open(open(theirs.bytes).seal(Uint8Array.of(9), 5))).toThrow(code('not-authentic'))
    expect(() => mine.open(mine.bytes)).toThrow(code('not-authentic'))
    expect(() => mine.open(Uint8Array.of(1, 2))).toThrow(code('malformed'))
    expect(mine.open(answer).message).toEqual(Uint8Array.of(7))
  })

  it('is too large beyond what a signaling message has', () => {
    const message = new Uint8Array(MAX_SIGNALING_MESSAGE_BYTES + 1)
    expect(() => sealOffer(message, options)).toThrow(code('too-large'))
  })
})
