import type { Clock } from './clock.ts'
import { MAX_CANDIDATES, sanitizeCandidate, sanitizeDescription } from './sdp.ts'

/** By a STUN server, or by a TURN server. */
export type CandidateKind = 'srflx' | 'relay'

export interface LocalSignalsOptions {
  readonly after: Clock['after']
  readonly allowPrivateCandidates: boolean
  /** Without it the description waits for candidates, and holds them. */
  readonly trickle: boolean
  /** Kinds of candidates that servers are asked for: once one of each came, few are still to come. Default: nobody knows. */
  readonly awaited?: readonly CandidateKind[]
  /** Our own description is ready to be sent. Called once. */
  onDescription(sdp: string): void
  /** One more of our candidates. Never called before `onDescription`. */
  onCandidate?(candidate: string, sdpMid: string | undefined): void
}

/** Longest wait for candidates when they do not trickle. */
export const GATHER_TIMEOUT_MS = 1_000
/**
 * Others may come a little later than the first of their kind, as by IPv6, or by a second server that tells of a strict NAT.
 * Browsers take 100 ms and more to be sure that there are none.
 */
const GATHER_REST_MS = 50

/** Our own description and candidates, sanitized, in the order in which the other end can use them. */
export class LocalSignals {
  readonly #options: LocalSignalsOptions
  #sdp: string | undefined
  /** Those of which the other end has not heard. */
  #waiting: [candidate: string, sdpMid: string | undefined][] = []
  #isTold = false
  #isComplete: boolean
  readonly #awaited: Set<CandidateKind>
  #cancelWait: (() => void) | undefined

  constructor(options: LocalSignalsOptions) {
    this.#options = options
    this.#isComplete = options.trickle
    this.#awaited = new Set(options.awaited)
  }

  /** What simple-peer emitted: a description, a candidate, or something that one data channel has no use for. */
  add(value: unknown): void {
    const { type, sdp, candidate } = value as { type?: unknown; sdp?: unknown; candidate?: unknown }
    if ((type === 'offer' || type === 'answer') && typeof sdp === 'string') this.#describe(sdp)
    else if (type === 'candidate')
      this.#addCandidate(candidate as { candidate: string; sdpMid?: string | null })
  }

  /** No more candidates have to be waited for. */
  complete(): void {
    this.stop()
    this.#isComplete = true
    this.#tell()
  }

  /** Waits for nothing any more. */
  stop(): void {
    this.#cancelWait?.()
  }

  get #sanitize(): { allowPrivate: boolean } {
    return { allowPrivate: this.#options.allowPrivateCandidates }
  }

  #describe(sdp: string): void {
    if (this.#sdp !== undefined) return
    this.#sdp = sanitizeDescription(sdp, this.#sanitize)
    if (!this.#isComplete && !this.#cancelWait) this.#completeAfter(GATHER_TIMEOUT_MS)
    this.#tell()
  }

  #addCandidate({ candidate, sdpMid }: { candidate: string; sdpMid?: string | null }): void {
    this.#came(candidate)
    const usable = sanitizeCandidate(candidate, this.#sanitize)
    if (usable === undefined) return
    this.#waiting.push([usable, sdpMid ?? undefined])
    this.#tell()
  }

  #came(candidate: string): void {
    if (this.#isComplete) return
    for (const kind of this.#awaited) {
      if (!candidate.includes(` typ ${kind}`)) continue
      this.#awaited.delete(kind)
      if (this.#awaited.size === 0) this.#completeAfter(GATHER_REST_MS)
    }
  }

  #completeAfter(delayMs: number): void {
    this.stop()
    this.#cancelWait = this.#options.after(delayMs, () => this.complete())
  }

  #tell(): void {
    if (this.#sdp === undefined || !this.#isComplete) return
    const { trickle, onDescription, onCandidate } = this.#options
    // node-datachannel has candidates before it has its description, which then holds them already.
    const known = this.#sdp
    const news = this.#waiting.splice(0).filter(([candidate]) => !known.includes(candidate))
    if (!this.#isTold) {
      this.#isTold = true
      const lines = trickle
        ? []
        : news
            .splice(0)
            .map(([candidate]) => `a=${candidate}\r\n`)
            .slice(0, MAX_CANDIDATES)
      onDescription(sanitizeDescription(known + lines.join(''), this.#sanitize))
    }
    if (trickle) for (const [candidate, sdpMid] of news) onCandidate?.(candidate, sdpMid)
  }
}
