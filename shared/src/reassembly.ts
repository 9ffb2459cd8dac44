import { ChunkQueue } from './chunk-queue.ts'
import { FootbridgeError } from './errors.ts'

/** A run of bytes that arrived before those that go in front of it. */
interface Run {
  readonly offset: number
  end: number
  readonly chunks: ChunkQueue
}

/** Gaps that may be open at once. Honest paths leave one gap per path; more is an attack on memory. */
const MAX_RUNS = 1_024

/**
 * Puts one direction of a stream back in order. Bytes that came before are dropped by offset, so a copy re-sent on
 * another path does no harm. How much may wait here is bounded by the stream's credit.
 */
export class Reassembly {
  readonly #ready: ChunkQueue = new ChunkQueue()
  /** Sorted by offset; none overlap. */
  readonly #runs: Run[] = []
  /** Offset of the next byte in order. */
  #next = 0

  /** Bytes that can be read now. */
  get readyBytes(): number {
    return this.#ready.length
  }

  /** Runs of bytes that wait for those in front of them. */
  get gaps(): number {
    return this.#runs.length
  }

  /** Offset up to which everything has arrived. */
  get contiguous(): number {
    return this.#next
  }

  insert(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (end <= this.#next) return
    if (offset > this.#next) {
      this.#keep(offset, bytes)
      return
    }
    this.#ready.push(bytes.subarray(this.#next - offset))
    this.#next = end
    this.#joinRuns()
  }

  read(): Uint8Array | undefined {
    return this.#ready.take(Number.MAX_SAFE_INTEGER)
  }

  clear(): void {
    this.#ready.clear()
    this.#runs.length = 0
  }

  /** Moves the runs that now follow without a gap to what can be read. */
  #joinRuns(): void {
    let joined = 0
    for (const run of this.#runs) {
      if (run.offset > this.#next) break
      joined += 1
      let at = run.offset
      for (let chunk = takeAll(run.chunks); chunk !== undefined; chunk = takeAll(run.chunks)) {
        if (at + chunk.length > this.#next) {
          this.#ready.push(chunk.subarray(Math.max(0, this.#next - at)))
          this.#next = at + chunk.length
        }
        at += chunk.length
      }
    }
    if (joined > 0) this.#runs.splice(0, joined)
  }

  #keep(offset: number, bytes: Uint8Array): void {
    const runs = this.#runs
    let index = runs.length
    while (index > 0 && (runs[index - 1]?.offset ?? 0) > offset) index -= 1
    const before = runs[index - 1]
    const start = before === undefined ? offset : Math.max(offset, before.end)
    const limit = runs[index]?.offset ?? Number.POSITIVE_INFINITY
    const end = offset + bytes.length
    const stop = Math.min(end, limit)
    if (start < stop) {
      const fresh = bytes.subarray(start - offset, stop - offset)
      if (before !== undefined && before.end === start) {
        before.chunks.push(fresh)
        before.end = stop
      } else {
        if (runs.length >= MAX_RUNS) throw new FootbridgeError('limit', 'a stream has too many gaps')
        const chunks = new ChunkQueue()
        chunks.push(fresh)
        runs.splice(index, 0, { offset: start, end: stop, chunks })
      }
    }
    // What reaches past the next run fills the gaps behind it.
    if (end > limit) this.#keep(limit, bytes.subarray(limit - offset))
  }
}

function takeAll(chunks: ChunkQueue): Uint8Array | undefined {
  return chunks.take(Number.MAX_SAFE_INTEGER)
}
