import type { PathState } from './path.ts'

/** The path on which a packet sent now would arrive first, of those with room and but one; `undefined` if none has. */
export function choosePath(paths: Iterable<PathState>, butId?: number): PathState | undefined {
  let best: PathState | undefined
  let bestArrival = Number.POSITIVE_INFINITY
  for (const path of paths) {
    if (path.room <= 0 || path.id === butId) continue
    const arrival = path.predictArrival(path.packetBytes)
    if (arrival >= bestArrival) continue
    best = path
    bestArrival = arrival
  }
  return best
}

/** The least round trip of all paths, in milliseconds. */
export function quickestRoundTrip(paths: Iterable<PathState>): number {
  let least = Number.POSITIVE_INFINITY
  for (const path of paths) least = Math.min(least, path.roundTripMs)
  return least
}
