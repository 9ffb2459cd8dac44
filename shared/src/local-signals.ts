import type { Clock } from './clock.ts'
import { sanitizeCandidate, sanitizeDescription } from './sdp.ts'

export interface LocalSignalsOptions {
  readonly clock: Clock
  readonly allowPrivateCandidates: boolean
  /** Without it the description waits for candidates, and holds them. */
  readonly trickle: boolean
  /** The kind of candidate that comes last: by a TURN server, by a STUN server, or of this machine itself. */
  readonly last: 'relay' | 'srflx' | 'host'
  /** Our own description is ready to be sent. Called once. */
  onDescription(sdp: string): void
  /** One more of our candidates. Never called before `onDescription`. */
  onCandidate?(candidate: string, sdpMid: string | undefined): void
}

/** Longest wait for candidates when they do not trickle. */
const GATHER_TIMEOUT_MS = 1_000
/**
 * Others that are about to come, as by IPv6, come within so long after one of the last kind. Browsers take 100 ms and more
 * to be sure that there are none.
 */
const GATHER_REST_MS = 5

/** Our own description and candidates, sanitized, in the order in which the other end can use them. */
export class LocalSignals {
  readonly #options: LocalSignalsOptions
  #sdp: string | undefined
  /** Those of which the other end has not heard. */
  #waiting: [candidate: string, sdpMid: string | undefined][] = []
  #isTold = false
  #isComplete: boolean
  #cancelWait: (() => void) | undefined

  constructor(options: LocalSignalsOptions) {
    this.#options = options
    this.#isComplete = options.trickle
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
    const { last } = this.#options
    if (!this.#isComplete && last !== 'host' && candidate.includes(` typ ${last}`))
      this.#completeAfter(GATHER_REST_MS)
    const usable = sanitizeCandidate(candidate, this.#sanitize)
    if (usable === undefined) return
    this.#waiting.push([usable, sdpMid ?? undefined])
    this.#tell()
  }

  #completeAfter(delayMs: number): void {
    this.stop()
    this.#cancelWait = this.#options.clock.after(delayMs, () => this.complete())
  }

  #tell(): void {
    if (this.#sdp === undefined || !this.#isComplete) return
    const { trickle, onDescription, onCandidate } = this.#options
    // node-datachannel has candidates before it has its description, which then holds them already.
    const known = this.#sdp
    const news = this.#waiting.splice(0).filter(([candidate]) => !known.includes(candidate))
    if (!this.#isTold) {
      this.#isTold = true
      const lines = trickle ? [] : news.splice(0).map(([candidate]) => `a=${candidate}\r\n`)
      onDescription(sanitizeDescription(known + lines.join(''), this.#sanitize))
    }
    if (trickle) for (const [candidate, sdpMid] of news) onCandidate?.(candidate, sdpMid)
  }
}
