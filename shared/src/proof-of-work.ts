import { concat, encodeText } from './bytes.ts'
import type { Primitives } from './primitives.ts'

/*
 * A puzzle in the manner of hashcash (http://www.hashcash.org/papers/hashcash.pdf): dear to solve, cheap to check, and of
 * no use for another offer than its own.
 */

export const WORK_CHALLENGE_BYTES = 32
export const WORK_NONCE_BYTES = 8
/** The hardest puzzle that a client takes up: a million tries on average, some seconds. A server must not burn more. */
export const MAX_WORK_BITS = 20

const LABEL = 'footbridge work'

/** What a server asks for before it looks at an offer. */
export interface WorkDemand {
  /** Opaque, `WORK_CHALLENGE_BYTES` long. Soon out of date. */
  readonly challenge: Uint8Array
  /** Leading zero bits that the proof must have. */
  readonly bits: number
}

/** The proof that somebody worked for one offer. */
export interface WorkProof {
  readonly challenge: Uint8Array
  /** `WORK_NONCE_BYTES` */
  readonly nonce: Uint8Array
}

/** One puzzle: a challenge and the description of the offer that it is to be solved for. */
export class WorkPuzzle {
  readonly #primitives: Primitives
  readonly #input: Uint8Array
  readonly #nonce: DataView

  constructor(challenge: Uint8Array, sdp: string, primitives: Primitives) {
    this.#primitives = primitives
    const head = concat(encodeText(LABEL), challenge, primitives.sha256(encodeText(sdp)))
    this.#input = concat(head, new Uint8Array(WORK_NONCE_BYTES))
    this.#nonce = new DataView(this.#input.buffer, head.length)
  }

  /** SHA-256 of label ‖ challenge ‖ SHA-256 of the description ‖ nonce. */
  digest(nonce: Uint8Array): Uint8Array {
    this.#input.set(nonce, this.#input.length - WORK_NONCE_BYTES)
    return this.#primitives.sha256(this.#input)
  }

  /** The first nonce from `first` on that gives `bits` zero bits, if there is one among `tries` of them. */
  search(bits: number, first: number, tries: number): Uint8Array | undefined {
    for (let number = first; number < first + tries; number++) {
      this.#nonce.setBigUint64(0, BigInt(number))
      if (leadingZeros(this.#primitives.sha256(this.#input)) >= bits) {
        return this.#input.slice(-WORK_NONCE_BYTES)
      }
    }
    return undefined
  }
}

/** Zero bits before the first one, 32 at most. */
export function leadingZeros(digest: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = digest
  return Math.clz32((a << 24) | (b << 16) | (c << 8) | d)
}
