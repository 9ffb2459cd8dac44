import { randomFillSync } from 'node:crypto'
import { MAX_PACKET_BYTES } from '@footbridge/shared'
import type { Program } from './program.ts'

/** What a receiver measured, between its first and its last byte. */
export interface Transfer {
  readonly bytes: number
  readonly ms: number
}

/** Far more than any transfer takes. */
const TRANSFER_TIMEOUT_MS = 120_000

// Random, lest something on the way compress it.
const MESSAGE = randomFillSync(new Uint8Array(MAX_PACKET_BYTES))

/** Lets one program send `bytes` to another; both serve `send` and `receive`. Returns 10^6 bytes a second. */
export async function transfer(from: Program, to: Program, bytes: number): Promise<number> {
  const [received] = await Promise.all([
    to.call<Transfer>('receive', bytes, TRANSFER_TIMEOUT_MS),
    from.call('send', bytes, TRANSFER_TIMEOUT_MS),
  ])
  return received.bytes / received.ms / 1_000
}

/** Measures what comes in. */
export class Meter {
  #startedAt = 0
  #first = 0
  total = 0

  /** Says that `bytes` have come. */
  add(bytes: number): void {
    if (this.total === 0) {
      this.#startedAt = performance.now()
      this.#first = bytes
    }
    this.total += bytes
  }

  /** The first bytes came when the clock started, so they do not count. */
  get transfer(): Transfer {
    return { bytes: this.total - this.#first, ms: performance.now() - this.#startedAt }
  }
}

/** `bytes` to send, in messages of the size that the network uses. They share their memory, so nobody may change it. */
export function* messages(bytes: number): Generator<Uint8Array, undefined> {
  for (let left = bytes; left > 0; left -= MESSAGE.length) yield MESSAGE.subarray(0, left)
}
