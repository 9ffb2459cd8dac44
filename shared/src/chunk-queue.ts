/** Pieces smaller than this are copied together, so that many tiny writes cannot cost more than their bytes. */
const SMALL_CHUNK_BYTES = 2_048
/** Most spare room for further small pieces. */
const TAIL_BYTES = 8_192

const NOTHING = new Uint8Array(0)

/**
 * A first-in-first-out queue of bytes that does not copy large chunks. Memory stays within three times the bytes it
 * holds: small chunks are gathered, and a small view into a large buffer does not keep that buffer alive.
 */
export class ChunkQueue {
  #chunks: Uint8Array[] = []
  #head = 0
  #bytes = 0
  /** Spare room after the last chunk, if that chunk was gathered here. Only ever appended to. */
  #tail: Uint8Array | undefined
  #tailUsed = 0

  /** Bytes held. */
  get length(): number {
    return this.#bytes
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#bytes += bytes.length
    if (bytes.length < SMALL_CHUNK_BYTES) {
      this.#gather(bytes)
      return
    }
    this.#closeTail()
    this.#chunks.push(compact(bytes))
  }

  /** Takes at most `limit` bytes from the front, never crossing a chunk; `undefined` when empty. */
  take(limit: number): Uint8Array | undefined {
    const chunk = this.#chunks[this.#head]
    if (chunk === undefined || limit <= 0) return undefined
    if (chunk.length > limit) {
      this.#chunks[this.#head] = chunk.subarray(limit)
      this.#bytes -= limit
      return chunk.subarray(0, limit)
    }
    // What was taken is not ours to keep alive.
    this.#chunks[this.#head] = NOTHING
    this.#head += 1
    this.#bytes -= chunk.length
    if (this.#head === this.#chunks.length) {
      this.#chunks.length = 0
      this.#head = 0
      this.#tail = undefined
    } else if (this.#head > 64 && this.#head * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#head)
      this.#head = 0
    }
    return chunk
  }

  clear(): void {
    this.#chunks = []
    this.#head = 0
    this.#bytes = 0
    this.#tail = undefined
  }

  #gather(bytes: Uint8Array): void {
    const tail = this.#tail
    const last = this.#chunks.length - 1
    const lastChunk = this.#chunks[last]
    if (tail !== undefined && lastChunk !== undefined && this.#tailUsed + bytes.length <= tail.length) {
      tail.set(bytes, this.#tailUsed)
      this.#tailUsed += bytes.length
      // The front of the last chunk may have been taken already: grow its end, keep its start.
      this.#chunks[last] = tail.subarray(lastChunk.byteOffset - tail.byteOffset, this.#tailUsed)
      return
    }
    this.#closeTail()
    if (lastChunk === undefined) {
      // Alone in the queue: most often it is taken before a second one comes, so it gets no spare room yet.
      this.#chunks.push(compact(bytes))
      return
    }
    // The room grows with the queue: thousands of queues with a few bytes each must not cost 8 KiB each.
    this.#tail = new Uint8Array(Math.max(bytes.length, Math.min(this.#bytes, TAIL_BYTES)))
    this.#tail.set(bytes)
    this.#tailUsed = bytes.length
    this.#chunks.push(this.#tail.subarray(0, bytes.length))
  }

  /** Nothing more goes into the tail, so its spare room is given back. */
  #closeTail(): void {
    const last = this.#chunks.length - 1
    const lastChunk = this.#chunks[last]
    if (this.#tail !== undefined && lastChunk !== undefined) this.#chunks[last] = compact(lastChunk)
    this.#tail = undefined
  }
}

/** The bytes themselves, or a copy where they would keep more than twice their length of memory alive. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.length * 2 < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes
}
