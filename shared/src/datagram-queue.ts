import type { Datagram } from './datagram.ts'
import { DATAGRAM_OVERHEAD_BYTES, type FrameWriter } from './frame.ts'

/** What may wait. A path that is so far behind would bring the next ones too late to be of use. */
export const MAX_QUEUED_DATAGRAM_BYTES = 262_144
/** What each costs besides its data, so that empty ones are bounded too. */
const ENTRY_COST_BYTES = 128

interface Entry {
  readonly streamId: number
  readonly datagram: Datagram
  readonly cost: number
}

/**
 * Datagrams that wait for a path. They go out once and are forgotten. When too many wait the oldest is dropped, since
 * the newest says most.
 */
export class DatagramQueue {
  #entries: Entry[] = []
  /** Where the oldest stands. */
  #first = 0
  #heldBytes = 0
  #hadTurn = false

  /** Memory that it holds. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  get isEmpty(): boolean {
    return this.#first === this.#entries.length
  }

  /** Whether the next packet is for datagrams: each second one, while streams have something to send as well. */
  takesTurn(othersWait: boolean): boolean {
    this.#hadTurn = !this.isEmpty && !(othersWait && this.#hadTurn)
    return this.#hadTurn
  }

  /** Takes a copy of the data. */
  push(streamId: number, { host, port, data }: Datagram): void {
    const cost = data.length + ENTRY_COST_BYTES
    this.#entries.push({ streamId, datagram: { host, port, data: data.slice() }, cost })
    this.#heldBytes += cost
    while (this.#heldBytes > MAX_QUEUED_DATAGRAM_BYTES) this.#shift()
  }

  /** Writes the oldest, whatever its size, and those after it as long as the packet stays within `packetBytes`. */
  write(writer: FrameWriter, packetBytes: number): void {
    do {
      const entry = this.#shift()
      if (entry !== undefined) writer.datagram(entry.streamId, entry.datagram)
    } while (writer.length + this.#nextFrameBytes <= packetBytes)
  }

  clear(): void {
    this.#entries = []
    this.#first = 0
    this.#heldBytes = 0
  }

  /** Largest size that the next one may have as a frame; infinite without one. */
  get #nextFrameBytes(): number {
    const next = this.#entries[this.#first]
    if (next === undefined) return Number.POSITIVE_INFINITY
    return DATAGRAM_OVERHEAD_BYTES + next.datagram.host.length + next.datagram.data.length
  }

  #shift(): Entry | undefined {
    const entry = this.#entries[this.#first]
    if (entry === undefined) return undefined
    this.#first += 1
    this.#heldBytes -= entry.cost
    // Array.shift would move all the others each time.
    if (2 * this.#first > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
    return entry
  }
}
