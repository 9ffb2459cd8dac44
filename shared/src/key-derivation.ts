import { concat, encodeText } from './bytes.ts'
import type { Primitives } from './primitives.ts'

/**
 * HKDF with two outputs of 32 bytes, as the Noise specification defines it (section 4.3). It is RFC 5869 with
 * `chainingKey` as salt and no info.
 */
export function hkdf(
  primitives: Primitives,
  chainingKey: Uint8Array,
  input: Uint8Array,
): [Uint8Array, Uint8Array] {
  const temporaryKey = primitives.hmacSha256(chainingKey, input)
  const first = primitives.hmacSha256(temporaryKey, Uint8Array.of(1))
  const second = primitives.hmacSha256(temporaryKey, concat(first, Uint8Array.of(2)))
  return [first, second]
}

/**
 * A 32-byte key for one purpose, from a key that is already uniformly random: HKDF-Expand (RFC 5869 section 2.3)
 * with info = length of `label` (one byte) ‖ `label` ‖ `context`. The length keeps a label and its context from
 * running into each other. `label` is ASCII.
 */
export function deriveKey(
  primitives: Pick<Primitives, 'hmacSha256'>,
  key: Uint8Array,
  label: string,
  context: Uint8Array,
): Uint8Array {
  const info = concat(Uint8Array.of(label.length), encodeText(label), context)
  return primitives.hmacSha256(key, concat(info, Uint8Array.of(1)))
}
