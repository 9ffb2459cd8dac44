import { decode, Encoder } from '@msgpack/msgpack'
import { FootbridgeError } from './errors.ts'

// The decoder sets aside room for as many items as a header claims, before it has seen one of them. These caps keep
// a few bytes from claiming gigabytes. It does not recurse, so depth needs no cap beside the length of the input.
const LIMITS = {
  maxArrayLength: 64,
  maxMapLength: 64,
  maxStrLength: 65_536,
  maxBinLength: 65_536,
  maxExtLength: 0,
}

// `encode` would make one, with a buffer of two kilobytes, for each message.
const ENCODER = new Encoder({ ignoreUndefined: true })

/** One msgpack map. Fields that are `undefined` are left out. */
export function encodeStructure(fields: object): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(fields)
}

/**
 * Reads one msgpack map of named fields. `what` names it in errors (`a ticket`). Fields that nobody asks for are
 * ignored, so later versions can add some. Throws `too-large` before anything is decoded, or `malformed`.
 */
export function decodeStructure(bytes: Uint8Array, what: string, maxBytes: number): Structure {
  if (bytes.length > maxBytes) throw new FootbridgeError('too-large', `${what} has at most ${maxBytes} bytes`)
  let value: unknown
  try {
    value = decode(bytes, LIMITS)
  } catch (cause) {
    throw new FootbridgeError('malformed', `${what} is not msgpack`, { cause })
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    throw new FootbridgeError('malformed', `${what} is not a map`)
  }
  return new Structure(value as Readonly<Record<string, unknown>>, what)
}

/** Fields of a decoded map. Each reader throws `malformed` for a missing field or another type, `too-large` over its cap. */
export class Structure {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #what: string

  constructor(fields: Readonly<Record<string, unknown>>, what: string) {
    this.#fields = fields
    this.#what = what
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name)
  }

  integer(name: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value(name)
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw this.#malformed(name)
    if ((value as number) > max) throw this.#tooLarge(name)
    return value as number
  }

  text(name: string, maxChars: number): string {
    return this.#boundedText(name, this.#value(name), maxChars)
  }

  texts(name: string, maxItems: number, maxChars: number): readonly string[] {
    const value = this.#value(name)
    if (!Array.isArray(value)) throw this.#malformed(name)
    if (value.length > maxItems) throw this.#tooLarge(name)
    return value.map((item) => this.#boundedText(name, item, maxChars))
  }

  /** A map of named fields inside this one. What is no map reads as one without fields. */
  structure(name: string): Structure {
    return new Structure(Object(this.#value(name)), name)
  }

  /** Exactly `length` bytes. */
  bytes(name: string, length: number): Uint8Array {
    const value = this.#value(name)
    if (!(value instanceof Uint8Array) || value.length !== length) throw this.#malformed(name)
    return value
  }

  flag(name: string): boolean {
    const value = this.#value(name)
    if (typeof value !== 'boolean') throw this.#malformed(name)
    return value
  }

  #boundedText(name: string, value: unknown, maxChars: number): string {
    if (typeof value !== 'string') throw this.#malformed(name)
    if (value.length > maxChars) throw this.#tooLarge(name)
    return value
  }

  #value(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined
  }

  #malformed(name: string): FootbridgeError {
    return new FootbridgeError('malformed', `${this.#what} has no valid "${name}"`)
  }

  #tooLarge(name: string): FootbridgeError {
    return new FootbridgeError('too-large', `"${name}" is over its limit in ${this.#what}`)
  }
}
