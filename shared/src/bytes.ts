import { FootbridgeError } from './errors.ts'

const ENCODER = new TextEncoder()
// `ignoreBOM` keeps a leading U+FEFF in the text, so that decoding and encoding again gives the same bytes.
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const DIGIT_OF_CODE: readonly (number | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const digit = BASE64URL.indexOf(String.fromCharCode(code))
  return digit < 0 ? undefined : digit
})

/** All of `parts`, one after the other, in new memory. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Whether two byte strings are the same. Takes equally long wherever they differ; their lengths are no secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (const [at, byte] of a.entries()) difference |= byte ^ (b[at] ?? 0)
  return difference === 0
}

/** UTF-8. */
export function encodeText(text: string): Uint8Array {
  return ENCODER.encode(text)
}

/** UTF-8. Throws `malformed` for bytes that are not. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes)
  } catch {
    throw new FootbridgeError('malformed', 'not UTF-8 text')
  }
}

/**
 * RFC 4648 section 5, without padding. Written as bytes first: V8 keeps a longer text that grew letter by letter as a chain
 * of pieces, nearly one for each letter, and names made here are kept by the ten thousand.
 */
export function encodeBase64Url(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3))
  let length = 0
  let pending = 0
  let pendingBits = 0
  for (const byte of bytes) {
    pending = (pending << 8) | byte
    pendingBits += 8
    while (pendingBits >= 6) {
      pendingBits -= 6
      codes[length++] = BASE64URL.charCodeAt((pending >> pendingBits) & 0x3f)
    }
    pending &= 0x3f
  }
  if (pendingBits > 0) codes[length] = BASE64URL.charCodeAt((pending << (6 - pendingBits)) & 0x3f)
  return DECODER.decode(codes)
}

/**
 * The bytes that {@link encodeBase64Url} writes as `text`. Throws `malformed` for anything else: padding, other
 * characters, and second spellings of the same bytes, so that equal bytes always mean equal text.
 */
export function decodeBase64Url(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let length = 0
  let pending = 0
  let pendingBits = 0
  for (let at = 0; at < text.length; at++) {
    const digit = DIGIT_OF_CODE[text.charCodeAt(at)]
    if (digit === undefined) throw new FootbridgeError('malformed', 'not base64url text')
    pending = (pending << 6) | digit
    pendingBits += 6
    if (pendingBits >= 8) {
      pendingBits -= 8
      bytes[length++] = pending >> pendingBits
      pending &= (1 << pendingBits) - 1
    }
  }
  if (pendingBits === 6 || pending !== 0) throw new FootbridgeError('malformed', 'not base64url text')
  return bytes
}
