import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, decodeBase64Url, decodeText, encodeBase64Url, encodeText, equalBytes } from './bytes.ts'

const malformed: unknown = expect.objectContaining({ name: 'FootbridgeError', code: 'malformed' })

describe('base64url', () => {
  // RFC 4648 section 10, without the padding; the last two hold the letters that base64 proper has not.
  test.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
    ['>>>', 'Pj4-'],
    ['???', 'Pz8_'],
  ])('writes %j as %j', (text, encoded) => {
    expect(encodeBase64Url(encodeText(text))).toBe(encoded)
    expect(decodeBase64Url(encoded)).toEqual(encodeText(text))
  })

  test('brings back all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes)
      }),
    )
  })

  test('has one spelling for each byte string and refuses all other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[A-Za-z0-9_-]*$/)), (text) => {
        let bytes: Uint8Array
        try {
          bytes = decodeBase64Url(text)
        } catch (error) {
          expect(error).toEqual(malformed)
          return
        }
        expect(encodeBase64Url(bytes)).toBe(text)
      }),
    )
  })

  test.each(['Z', 'Zm9vY', 'Zg==', 'Zh', 'Zm9', 'Zm 9v', 'Zm+v', 'Zm/v', 'Zm9v\n', 'Zmé9'])(
    'refuses %j',
    (text) => {
      expect(() => decodeBase64Url(text)).toThrow(malformed)
    },
  )
})

describe('text', () => {
  test('comes back from its bytes, a leading byte order mark included', () => {
    for (const text of ['', 'plain', 'Füßgängerbrücke', '橋 🌉', '\ufeffmarked']) {
      expect(decodeText(encodeText(text))).toBe(text)
    }
  })

  test('is refused if it is not UTF-8', () => {
    expect(() => decodeText(Uint8Array.of(0xc3, 0x28))).toThrow(malformed)
  })
})

test('concat puts parts one after the other in memory of its own', () => {
  const part = Uint8Array.of(1, 2)
  const whole = concat(part, new Uint8Array(0), Uint8Array.of(3))
  part.fill(9)
  expect(whole).toEqual(Uint8Array.of(1, 2, 3))
})

test('equalBytes tells apart any difference in bytes or length', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  expect(equalBytes(bytes, Uint8Array.of(1, 2, 3))).toBe(true)
  expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true)
  expect(equalBytes(bytes, Uint8Array.of(0, 2, 3))).toBe(false)
  expect(equalBytes(bytes, Uint8Array.of(1, 2, 0x83))).toBe(false)
  expect(equalBytes(bytes, Uint8Array.of(1, 2))).toBe(false)
})
