import { hkdfSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { concat, encodeText } from '../bytes.ts'
import { deriveKey, hkdf } from '../key-derivation.ts'
import { noblePrimitives } from '../noble.ts'
import { nodePrimitives } from './node-primitives.ts'

const BACK_ENDS = [
  { name: 'node:crypto', primitives: nodePrimitives },
  { name: 'noble', primitives: noblePrimitives },
]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe.each(BACK_ENDS)('key derivation on $name', ({ primitives }) => {
  test('gives the first outputs of RFC 5869, test case 3', () => {
    const outputs = hkdf(primitives, new Uint8Array(0), new Uint8Array(22).fill(0x0b))
    expect(hex(concat(...outputs)).slice(0, 84)).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    )
  })

  test('expands a key as HKDF does, with the label behind its length and the context behind both', () => {
    const salt = Uint8Array.of(1, 2, 3)
    const input = Uint8Array.of(4, 5, 6)
    const context = Uint8Array.of(0, 0, 0, 7)
    const extracted = primitives.hmacSha256(salt, input)
    const info = concat(Uint8Array.of(5), encodeText('label'), context)
    expect(hex(deriveKey(primitives, extracted, 'label', context))).toBe(
      hex(new Uint8Array(hkdfSync('sha256', input, salt, info, 32))),
    )
  })

  test('gives different keys where a label and its context split the same bytes differently', () => {
    const key = new Uint8Array(32)
    expect(hex(deriveKey(primitives, key, 'ab', encodeText('c')))).not.toBe(
      hex(deriveKey(primitives, key, 'a', encodeText('bc'))),
    )
  })
})
