import { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from './constants.ts'

/** Versions of the protocol that somebody speaks: all from the oldest to the newest. */
export interface SpokenVersions {
  /** The newest. */
  readonly version: number
  /** Default: `version`, which is then the only one. */
  readonly oldest?: number
}

export const SPOKEN_VERSIONS: SpokenVersions = { version: PROTOCOL_VERSION, oldest: OLDEST_PROTOCOL_VERSION }

/** The newest version that both sides speak, or `undefined` if there is none. */
export function pickVersion(
  theirs: SpokenVersions,
  ours: SpokenVersions = SPOKEN_VERSIONS,
): number | undefined {
  const newest = Math.min(theirs.version, ours.version)
  const oldest = Math.max(theirs.oldest ?? theirs.version, ours.oldest ?? ours.version)
  return newest >= oldest ? newest : undefined
}
