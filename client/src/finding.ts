/** What is looked at, in the order in which it matters: a later step needs the ones before it. */
export type Step = 'line' | 'names' | 'clock' | 'ways in' | 'udp' | 'nat' | 'volunteer' | 'exit' | 'page'

/** `odd`: it works, yet not as it should. `unknown`: could not be told. */
export type Verdict = 'ok' | 'odd' | 'blocked' | 'unknown'

/**
 * What was found out about one step. Neither text nor facts name a server, an address or anything else that is
 * somebody's: they are shown, and written to reports.
 */
export interface Finding {
  readonly step: Step
  readonly verdict: Verdict
  /** One plain sentence on how it is. */
  readonly sentence: string
  /** One on what to do about it. */
  readonly remedy?: string
  /** Words from closed lists, and rounded numbers. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>
}

export function describeFinding({ sentence, remedy }: Finding): string {
  return remedy === undefined ? sentence : `${sentence} ${remedy}`
}
