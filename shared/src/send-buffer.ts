import { BLOCK_BYTES, type Block, BlockPool } from './block-pool.ts'

/** Of all streams of this program. */
const POOL = new BlockPool()

/** A block, and how many of its bytes are still needed. */
interface Kept {
  readonly block: Block
  needed: number
}

/**
 * One direction of a stream from `push` until it is acknowledged, by offset. What comes in is copied and so is what goes
 * out: no memory in here is ever seen outside.
 */
export class SendBuffer {
  /** Block `n` holds the bytes from offset `n * BLOCK_BYTES` on. */
  readonly #kept: Map<number, Kept> = new Map()
  #end = 0

  /** Offset behind the last byte. */
  get end(): number {
    return this.#end
  }

  /** Memory held. */
  get heldBytes(): number {
    return this.#kept.size * BLOCK_BYTES
  }

  push(bytes: Uint8Array): void {
    for (const { index, at, start, length } of parts(this.#end, bytes.length)) {
      let kept = this.#kept.get(index)
      if (kept === undefined) {
        kept = { block: POOL.take(), needed: 0 }
        this.#kept.set(index, kept)
      }
      kept.block.bytes.set(bytes.subarray(start, start + length), at)
      kept.needed += length
    }
    this.#end += bytes.length
  }

  /** Copies bytes from `offset` on, as many as `into` takes. They must have been pushed and not released. */
  copy(offset: number, into: Uint8Array): void {
    for (const { index, at, start, length } of parts(offset, into.length)) {
      const kept = this.#kept.get(index)
      // Never to go on with what happens to be in `into`: that may be another user's.
      if (kept === undefined) throw new Error('bytes were released that are still needed')
      into.set(kept.block.bytes.subarray(at, at + length), start)
    }
  }

  /** Lets go of bytes that are never needed again. No byte may be released twice. */
  release(offset: number, length: number): void {
    for (const part of parts(offset, length)) {
      const kept = this.#kept.get(part.index)
      if (kept === undefined) continue
      kept.needed -= part.length
      if (kept.needed > 0) continue
      this.#kept.delete(part.index)
      POOL.give(kept.block)
    }
  }

  /** Lets go of everything. It ends at `end` from now on, as if the bytes behind had never been pushed. */
  clear(end: number): void {
    for (const { block } of this.#kept.values()) POOL.give(block)
    this.#kept.clear()
    this.#end = end
  }
}

/** Cuts a range of offsets at the ends of blocks. */
function* parts(
  offset: number,
  length: number,
): Generator<{ index: number; at: number; start: number; length: number }, void> {
  for (let start = 0; start < length; ) {
    const at = (offset + start) % BLOCK_BYTES
    const part = Math.min(BLOCK_BYTES - at, length - start)
    yield { index: Math.floor((offset + start) / BLOCK_BYTES), at, start, length: part }
    start += part
  }
}
