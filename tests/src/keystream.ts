import { type Cipher, createCipheriv, createHash } from 'node:crypto'

const ZEROS = new Uint8Array(65_536)

/** Bytes without end that the seed alone decides: both ends of a transfer can make them, and no two seeds' are alike. */
export class Keystream {
  readonly #cipher: Cipher

  constructor(seed: string) {
    this.#cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16))
  }

  /** The next `count` bytes. */
  take(count: number): Buffer {
    if (count <= ZEROS.length) return this.#cipher.update(ZEROS.subarray(0, count))
    return this.#cipher.update(new Uint8Array(count))
  }
}

/** Numbers from 0 up to 1 that the seed alone decides. */
export function seededRandom(seed: string): () => number {
  const keystream = new Keystream(seed)
  return () => keystream.take(4).readUInt32LE() / 2 ** 32
}

/** Compares what comes in with what was sent. */
export class KeystreamCheck {
  readonly #keystream: Keystream
  received = 0
  /** Bytes that were not what they should be. */
  corrupted = 0

  constructor(seed: string) {
    this.#keystream = new Keystream(seed)
  }

  add(bytes: Uint8Array): void {
    this.received += bytes.length
    const expected = this.#keystream.take(bytes.length)
    if (expected.equals(bytes)) return
    for (const [index, byte] of bytes.entries()) if (byte !== expected[index]) this.corrupted += 1
  }
}
