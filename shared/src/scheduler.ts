import type { PathState } from './path.ts'

/** The path on which a packet sent now would arrive first, of those with room; `undefined` if none has. */
export function choosePath(paths: Iterable<PathState>): PathState | undefined {
  return quickest(paths, (path) => path.room)
}

/** The same for a small packet that is urgent, and not on the path `butId`. */
export function chooseUrgentPath(paths: Iterable<PathState>, butId?: number): PathState | undefined {
  return quickest(paths, (path) => (path.id === butId ? 0 : path.urgentRoom))
}

function quickest(paths: Iterable<PathState>, roomOf: (path: PathState) => number): PathState | undefined {
  let best: PathState | undefined
  let bestArrival = Number.POSITIVE_INFINITY
  for (const path of paths) {
    if (roomOf(path) <= 0) continue
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
