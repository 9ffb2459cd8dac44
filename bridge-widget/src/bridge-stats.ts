export interface BridgeStats {
  /** People whose traffic passes now, over however many paths each. */
  readonly clients: number
  /** Times that somebody was helped. More paths for the same person count as one time. */
  readonly peopleHelped: number
  /** To clients. */
  readonly bytesDown: number
  /** From clients. */
  readonly bytesUp: number
  /** When the bridge was turned on, in milliseconds since 1970; `undefined` while it is off. */
  readonly since: number | undefined
  /** Where each of them is (ISO 3166-1 alpha-2), as far as signaling knows. */
  readonly countries: readonly string[]
  /** This visit and those before. */
  readonly total: BridgeTotal
}

export interface BridgeTotal {
  /** Times that somebody was helped. */
  readonly peopleHelped: number
  /** Both ways together. */
  readonly bytes: number
  /** For so long somebody was being helped. */
  readonly seconds: number
}

/** Before anything was done. */
export const NO_STATS: BridgeStats = {
  clients: 0,
  peopleHelped: 0,
  bytesDown: 0,
  bytesUp: 0,
  since: undefined,
  countries: [],
  total: { peopleHelped: 0, bytes: 0, seconds: 0 },
}
