import { decodeBase64Url, encodeBase64Url } from './bytes.ts'
import { FootbridgeError } from './errors.ts'
import { deriveKey } from './key-derivation.ts'
import type { Primitives } from './primitives.ts'

/** Length of the secret that the members of a private pool share. */
export const POOL_SECRET_BYTES = 32

/** So many bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** What a pool is called towards signaling, which can tell from it who belongs together but not the secret. */
export function poolId(secret: Uint8Array, primitives: Pick<Primitives, 'hmacSha256'>): string {
  return encodeBase64Url(deriveKey(primitives, secret, 'footbridge pool', new Uint8Array()))
}

/** The secret in a text. Throws `malformed`. */
export function parsePoolSecret(text: string): Uint8Array {
  if (SECRET.test(text)) {
    try {
      return decodeBase64Url(text)
    } catch {
      // Refused below, like what is cut short.
    }
  }
  throw new FootbridgeError('malformed', 'the secret of a pool is cut short or not one: copy the whole link')
}
