import { seededRandom } from './seeded-random.test.helper.ts'

/** Prime, so that no packet, window or buffer falls on the same bytes twice. */
const POOL_BYTES = 1_000_003

const POOL: Uint8Array = Uint8Array.from({ length: POOL_BYTES }, rollByte(seededRandom(1)))

/** Bytes that a stream is to carry: known at both ends without being made or sent by other ways. */
export class Content {
  readonly bytes: number
  readonly #start: number

  constructor(seed: number, bytes: number) {
    this.bytes = bytes
    this.#start = (seed * 7_919) % POOL_BYTES
  }

  /** At most `length` bytes from offset `at`, not to be changed. */
  piece(at: number, length: number): Uint8Array {
    const from = (this.#start + at) % POOL_BYTES
    return POOL.subarray(from, from + Math.min(length, this.bytes - at))
  }

  /** Throws unless `bytes` are what is at offset `at`. */
  check(at: number, bytes: Uint8Array): void {
    if (at + bytes.length > this.bytes) throw new Error(`${bytes.length} bytes too many at ${at}`)
    let from = (this.#start + at) % POOL_BYTES
    for (let index = 0; index < bytes.length; index += 1) {
      if (bytes[index] !== POOL[from]) throw new Error(`wrong byte at ${at + index}`)
      from = from + 1 === POOL_BYTES ? 0 : from + 1
    }
  }
}

function rollByte(random: () => number): () => number {
  return () => Math.floor(random() * 256)
}
