import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BLOCK_BYTES, BlockPool } from './block-pool.ts'
import { equalBytes } from './bytes.ts'
import { SendBuffer } from './send-buffer.ts'

const byteAt = (offset: number) => (offset * 31 + (offset >>> 8) * 7) & 0xff

function bytesAt(offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => byteAt(offset + index))
}

function copyOf(buffer: SendBuffer, offset: number, length: number): Uint8Array {
  const into = new Uint8Array(length)
  buffer.copy(offset, into)
  return into
}

describe('a send buffer', () => {
  it('gives back what was pushed, until it is released, in whatever pieces and order', () => {
    const pushes = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20_000 })))
    const cuts = fc.array(fc.integer({ min: 500, max: 20_000 }), { minLength: 1 })
    fc.assert(
      fc.property(pushes, cuts, fc.array(fc.nat(1_000)), (pushes, cuts, order) => {
        const buffer = new SendBuffer()
        for (const length of pushes) {
          const source = bytesAt(buffer.end, length)
          buffer.push(source)
          source.fill(0)
        }
        const pieces: { offset: number; length: number }[] = []
        for (let offset = 0, cut = 0; offset < buffer.end; cut += 1) {
          const length = Math.min(cuts[cut % cuts.length] ?? 1, buffer.end - offset)
          pieces.push({ offset, length })
          offset += length
        }
        for (let turn = 0; pieces.length > 0; turn += 1) {
          const [piece] = pieces.splice((order[turn % (order.length || 1)] ?? 0) % pieces.length, 1)
          if (piece === undefined) throw new Error('there is no such piece')
          const { offset, length } = piece
          expect(equalBytes(copyOf(buffer, offset, length), bytesAt(offset, length))).toBe(true)
          buffer.release(offset, length)
        }
        expect(buffer.heldBytes).toBe(0)
      }),
    )
  })

  it('holds the blocks that its bytes are in, and none once those are released', () => {
    const buffer = new SendBuffer()
    buffer.push(bytesAt(0, BLOCK_BYTES + 1))
    expect(buffer.heldBytes).toBe(2 * BLOCK_BYTES)
    buffer.release(0, BLOCK_BYTES)
    expect(buffer.heldBytes).toBe(BLOCK_BYTES)
    buffer.release(BLOCK_BYTES, 1)
    expect(buffer.heldBytes).toBe(0)
    buffer.push(bytesAt(BLOCK_BYTES + 1, 10))
    expect(buffer.heldBytes).toBe(BLOCK_BYTES)
    expect(copyOf(buffer, BLOCK_BYTES + 1, 10)).toEqual(bytesAt(BLOCK_BYTES + 1, 10))
  })

  it('gives nothing in place of bytes that were released', () => {
    const buffer = new SendBuffer()
    buffer.push(bytesAt(0, 100))
    buffer.release(0, 100)
    expect(() => copyOf(buffer, 0, 100)).toThrow(/released/)
  })

  it('goes on from where it was cleared', () => {
    const buffer = new SendBuffer()
    buffer.push(bytesAt(0, 10_000))
    buffer.clear(5_000)
    expect([buffer.heldBytes, buffer.end]).toEqual([0, 5_000])
    buffer.push(bytesAt(5_000, 100))
    expect(copyOf(buffer, 5_000, 100)).toEqual(bytesAt(5_000, 100))
  })
})

describe('a block pool', () => {
  it('gives no block to two at a time, and none that holds what another wrote', () => {
    const pool = new BlockPool()
    const taken = new Set<ReturnType<BlockPool['take']>>()
    for (let round = 0; round < 4; round += 1) {
      while (taken.size < 3_000) {
        const block = pool.take()
        expect(taken.has(block)).toBe(false)
        expect(block.bytes.length).toBe(BLOCK_BYTES)
        expect(block.bytes.findIndex((byte) => byte !== 0)).toBe(-1)
        block.bytes.fill(1)
        taken.add(block)
      }
      for (const block of [...taken].slice(100)) {
        taken.delete(block)
        pool.give(block)
      }
    }
  })

  it('keeps a few slabs of what was given back and lets go of the others', () => {
    const pool = new BlockPool()
    const blocks = Array.from({ length: 16 * 100 }, () => pool.take())
    const slabs = new Set(blocks.map(({ slab }) => slab.buffer))
    for (const block of blocks) pool.give(block)
    const kept = [...slabs].filter(({ byteLength }) => byteLength > 0)
    expect([slabs.size, kept.length]).toEqual([100, 64])
  })
})
