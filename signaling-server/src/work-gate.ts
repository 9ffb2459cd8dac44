import {
  type ClientOfferMessage,
  type Clock,
  concat,
  deriveKey,
  equalBytes,
  leadingZeros,
  type Primitives,
  WORK_CHALLENGE_BYTES,
  type WorkDemand,
  WorkPuzzle,
} from '@footbridge/shared'
import type { Limits } from './limits.ts'
import { RecentMap } from './recent-map.ts'
import { WorkDifficulty } from './work-difficulty.ts'

/** Challenges are new with each slot, and good for the slots after it, too. */
const SLOT_MS = 30_000
const GOOD_SLOTS = 2
/** Proofs remembered, twice at most. Should more come, the oldest can be used again for the rest of their time. */
const MAX_PROOFS = 100_000
const HEADER_BYTES = 5

export interface WorkGateOptions {
  readonly limits: Limits
  /** The servers of one network have the same, and take each other's challenges. At least 32 bytes. */
  readonly key: Uint8Array
  readonly primitives: Primitives
  readonly clock: Clock
  readonly pendingOffers: () => number
}

/**
 * Asks for a proof of work with each offer while too many come. Challenges are not remembered: they hold slot and bits
 * under a keyed hash. A proof fits one description, and passes once.
 */
export class WorkGate {
  readonly #options: WorkGateOptions
  readonly #key: Uint8Array
  readonly #difficulty: WorkDifficulty
  readonly #proofs = new RecentMap<number, true>(MAX_PROOFS, SLOT_MS * (GOOD_SLOTS + 1))

  constructor(options: WorkGateOptions) {
    this.#options = options
    this.#key = deriveKey(options.primitives, options.key, 'footbridge work', new Uint8Array())
    this.#difficulty = new WorkDifficulty(options.limits)
  }

  /** What must come with this offer before it is looked at; `undefined` if it has what it needs. */
  demandOf(offer: ClientOfferMessage): WorkDemand | undefined {
    const { clock, pendingOffers } = this.#options
    const bits = this.#difficulty.bits(clock.now(), pendingOffers())
    if (bits > 0 && !this.#isProven(offer)) return { challenge: this.#challenge(this.#slot, bits), bits }
    this.#difficulty.passed()
    return undefined
  }

  get #slot(): number {
    return Math.floor(this.#options.clock.wallNow() / SLOT_MS)
  }

  #challenge(slot: number, bits: number): Uint8Array {
    const header = new Uint8Array(HEADER_BYTES)
    new DataView(header.buffer).setUint32(0, slot)
    header[HEADER_BYTES - 1] = bits
    const tag = this.#options.primitives.hmacSha256(this.#key, header)
    return concat(header, tag.subarray(0, WORK_CHALLENGE_BYTES - HEADER_BYTES))
  }

  /** Asks for as much as its challenge did, even if it is harder by now: who has begun is not sent back. */
  #isProven({ challenge, nonce, sdp }: ClientOfferMessage): boolean {
    if (!challenge || !nonce) return false
    const view = new DataView(challenge.buffer, challenge.byteOffset)
    const [slot, bits] = [view.getUint32(0), view.getUint8(HEADER_BYTES - 1)]
    const age = this.#slot - slot
    // A little from the future: another server's clock may be ahead.
    if (age < -1 || age > GOOD_SLOTS || !equalBytes(challenge, this.#challenge(slot, bits))) return false
    const digest = new WorkPuzzle(challenge, sdp, this.#options.primitives).digest(nonce)
    return leadingZeros(digest) >= bits && this.#isFirst(digest)
  }

  #isFirst(digest: Uint8Array): boolean {
    // From where no zeros are wanted. 48 bits: who meets another's by chance solves one more.
    const view = new DataView(digest.buffer, digest.byteOffset)
    const name = view.getUint32(8) * 2 ** 16 + view.getUint16(12)
    const now = this.#options.clock.now()
    if (this.#proofs.get(name, now)) return false
    this.#proofs.set(name, true, now)
    return true
  }
}
