import { concat, decodeBase64Url, encodeBase64Url, encodeText } from './bytes.ts'
import { FootbridgeError } from './errors.ts'
import { type Primitives, SIGNATURE_BYTES, type Sign } from './primitives.ts'
import { decodeStructure, encodeStructure, type Structure } from './structure.ts'

/** One kind of signed statement. */
export interface ClaimsKind {
  /** Part of what is signed, so that no signature made for something else under the same key passes for this. */
  readonly context: string
  /** Names it in errors: `a ticket`. */
  readonly what: string
  readonly maxChars: number
}

/** The statement as text for a URL or a header: base64url of msgpack ‖ Ed25519 signature. */
export function signClaims(
  { context }: ClaimsKind,
  claims: Readonly<Record<string, unknown>>,
  sign: Sign,
): string {
  const bytes = encodeStructure(claims)
  const signature = sign(concat(encodeText(context), bytes))
  return encodeBase64Url(concat(bytes, signature))
}

/** The claims in `text`. Throws `too-large`, `malformed`, or `not-authentic` for a signature that does not verify. */
export function openClaims(
  { context, what, maxChars }: ClaimsKind,
  text: string,
  publicKey: Uint8Array,
  primitives: Primitives,
): Structure {
  if (text.length > maxChars) {
    throw new FootbridgeError('too-large', `${what} has at most ${maxChars} characters`)
  }
  const bytes = decodeBase64Url(text)
  if (bytes.length <= SIGNATURE_BYTES) throw new FootbridgeError('malformed', `${what} is cut short`)
  const claims = bytes.subarray(0, -SIGNATURE_BYTES)
  const signature = bytes.subarray(-SIGNATURE_BYTES)
  if (!primitives.ed25519.verify(publicKey, concat(encodeText(context), claims), signature)) {
    throw new FootbridgeError('not-authentic', `the signature of ${what} does not verify`)
  }
  return decodeStructure(claims, what, maxChars)
}
