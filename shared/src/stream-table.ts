import { MAX_STREAMS } from './constants.ts'
import { FootbridgeError } from './errors.ts'
import { type StreamOwner, StreamState } from './stream-state.ts'
import { checkTarget, type Target } from './target.ts'

/** Which streams a session has. Clients count their streams' ids up from 1, and no id is used twice. */
export class StreamTable {
  readonly #role: 'client' | 'egress'
  readonly #owner: StreamOwner
  readonly #streams: Map<number, StreamState> = new Map()
  /** Egress: ids below the highest that have not come yet, because paths overtake each other. */
  readonly #expected: Set<number> = new Set()
  #lastId = 0

  constructor(role: 'client' | 'egress', owner: StreamOwner) {
    this.#role = role
    this.#owner = owner
  }

  get size(): number {
    return this.#streams.size
  }

  /**
   * Client: a new stream. Throws `limit`, or what `checkTarget` does: the egress ends the whole session on a target that
   * cannot be one, and apps get targets from anywhere, redirects included.
   */
  open(target: Target): StreamState {
    checkTarget(target)
    if (this.size >= MAX_STREAMS) {
      throw new FootbridgeError('limit', `a session has at most ${MAX_STREAMS} streams`)
    }
    this.#lastId += 1
    return this.#add(this.#lastId, target)
  }

  /** The stream of a frame that came; at the egress made when it is new. `undefined` when it is over. */
  find(id: number): StreamState | undefined {
    const known = this.#streams.get(id)
    if (known !== undefined) return known
    if (this.#role === 'egress') return this.#expect(id) ? this.#add(id, undefined) : undefined
    if (id > this.#lastId) throw new FootbridgeError('protocol', 'the egress made up a stream')
    return undefined
  }

  /** Has targets that waited for a path go on. */
  tellWritable(): void {
    for (const stream of this.#streams.values()) stream.tellIfWritable()
  }

  delete(stream: StreamState): void {
    this.#streams.delete(stream.id)
  }

  /** Takes all streams out of the table. */
  drain(): StreamState[] {
    const streams = [...this.#streams.values()]
    this.#streams.clear()
    return streams
  }

  /** Whether a stream with this id is yet to come; from now on it has come. */
  #expect(id: number): boolean {
    if (id <= this.#lastId) return this.#expected.delete(id)
    if (id - this.#lastId > MAX_STREAMS || this.#expected.size > MAX_STREAMS) {
      throw new FootbridgeError('protocol', 'a stream id was skipped')
    }
    for (let skipped = this.#lastId + 1; skipped < id; skipped += 1) this.#expected.add(skipped)
    this.#lastId = id
    return true
  }

  #add(id: number, target: Target | undefined): StreamState {
    // The client's count and ours differ by what is on its way, hence the margin before it counts as an attack.
    if (this.size >= 2 * MAX_STREAMS) throw new FootbridgeError('limit', 'too many streams')
    const stream = new StreamState(id, target, this.#owner)
    this.#streams.set(id, stream)
    return stream
  }
}
