import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type ClientRefusedMessage,
  FootbridgeError,
  MAX_WORK_BITS,
  type WorkDemand,
  type WorkProof,
  WorkPuzzle,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'

/** Longest work for one offer. The hardest puzzle that is taken up hardly ever takes so long. */
const WORK_TIMEOUT_MS = 8_000
/** Tries in one go: a few milliseconds, in which nothing else runs. */
const TRIES = 2_048

/** The work that the server asks for with its refusal, if it is no more than a client takes up. */
export function workOf({ challenge, bits = 0 }: ClientRefusedMessage): WorkDemand | undefined {
  return challenge && bits <= MAX_WORK_BITS ? { challenge, bits } : undefined
}

/**
 * Works for the offer of the description `sdp`, a little at a time. `undefined` if it took too long. Rejects with
 * `aborted`.
 */
export async function solveWork(
  { challenge, bits }: WorkDemand,
  sdp: string,
  signal: AbortSignal,
): Promise<WorkProof | undefined> {
  const puzzle = new WorkPuzzle(challenge, sdp, nodePrimitives)
  const deadline = performance.now() + WORK_TIMEOUT_MS
  for (let first = 0; performance.now() < deadline; first += TRIES) {
    if (signal.aborted) throw new FootbridgeError('aborted', 'the rendezvous was cancelled')
    const nonce = puzzle.search(bits, first, TRIES)
    if (nonce) return { challenge, nonce }
    await nextTurn()
  }
  return undefined
}
