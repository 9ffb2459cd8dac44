/** Bytes of one block: small, because a stream takes a whole one for a single byte. */
export const BLOCK_BYTES = 4_096
const SLAB_BLOCKS = 16
const SLAB_BYTES = SLAB_BLOCKS * BLOCK_BYTES
/** Slabs that stay although nothing is in them, for traffic that comes in bursts. */
const SPARE_SLABS = 64

/** An `ArrayBuffer` that can give its memory back at once, where the platform has them (Node 20, Chromium 111). */
type Resizable = ArrayBuffer & { resize?(bytes: number): void }
const ResizableBuffer = ArrayBuffer as unknown as new (
  bytes: number,
  options: { readonly maxByteLength: number },
) => Resizable

interface Slab {
  readonly buffer: Resizable
  readonly free: Block[]
}

/** Memory to write to, until it is given back. */
export interface Block {
  readonly bytes: Uint8Array
  readonly slab: Slab
}

/**
 * Memory for bytes that wait for an acknowledgement. They live too long for a garbage collector to take them for
 * short-lived and are too many for it to find late: left to it, an egress holds tens of megabytes more than its sessions
 * do, in pieces that the system never gets back. So they are kept in blocks, which are taken and given back by hand.
 */
export class BlockPool {
  /** Slabs with free blocks. */
  readonly #open: Set<Slab> = new Set()
  #emptySlabs = 0

  /** A block full of zeros. */
  take(): Block {
    const [slab = this.#addSlab()] = this.#open
    const block = slab.free.pop() as Block
    if (slab.free.length === SLAB_BLOCKS - 1) this.#emptySlabs -= 1
    if (slab.free.length === 0) this.#open.delete(slab)
    return block
  }

  /** Takes `block` back; nobody may touch it afterwards. */
  give(block: Block): void {
    const { bytes, slab } = block
    // The next one to take it may be another user's session.
    bytes.fill(0)
    slab.free.push(block)
    this.#open.add(slab)
    if (slab.free.length < SLAB_BLOCKS) return
    if (this.#emptySlabs < SPARE_SLABS) {
      this.#emptySlabs += 1
    } else {
      this.#open.delete(slab)
      slab.buffer.resize?.(0)
    }
  }

  #addSlab(): Slab {
    const buffer = new ResizableBuffer(SLAB_BYTES, { maxByteLength: SLAB_BYTES })
    const slab: Slab = { buffer, free: [] }
    for (let at = SLAB_BYTES - BLOCK_BYTES; at >= 0; at -= BLOCK_BYTES) {
      slab.free.push({ bytes: new Uint8Array(buffer, at, BLOCK_BYTES), slab })
    }
    this.#open.add(slab)
    this.#emptySlabs += 1
    return slab
  }
}
