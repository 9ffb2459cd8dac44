/** Takes an offer to signaling and brings what it answers, by whatever way. */
export interface Courier {
  /** It asks signaling itself. Any other is a middleman, who is given nothing unsealed. */
  readonly isDirect?: true
  /**
   * Resolves with what `read` makes of the answer. Where anybody can answer, whatever `read` throws for is passed over, a
   * number of times. Rejects with `unavailable`, `timeout`, `aborted`, `too-large`, with what `read` throws, or with that for
   * which there is no letter. Who can does not wait for the letter to set out.
   */
  carry<T>(letter: Promise<Uint8Array>, read: (answer: Uint8Array) => T, signal: AbortSignal): Promise<T>
}

/** The bridge has to answer with all its candidates in this time, failing over included. */
export const ANSWER_TIMEOUT_MS = 15_000
