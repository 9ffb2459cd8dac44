/** Share of the whole that sessions without a path may hold together: most of those never come back. */
const ORPHANS_SHARE = 1 / 32
/** Share that one session may hold. */
const SESSION_SHARE = 1 / 4

/** What one session holds. */
export interface Holding {
  readonly heldBytes: number
  /** It has no path, and waits for one. */
  readonly orphaned: boolean
}

/**
 * Which sessions to end so that none holds more than its share of `maxBytes`, those without a path no more than theirs,
 * and all together no more than `maxBytes`. The largest go first, since that ends the fewest; those without a path go
 * before those that are in use.
 */
export function sessionsToEnd<T extends Holding>(sessions: Iterable<T>, maxBytes: number): T[] {
  const ended: T[] = []
  const orphans: T[] = []
  const others: T[] = []
  let orphansBytes = 0
  let totalBytes = 0
  for (const session of sessions) {
    if (session.heldBytes > maxBytes * SESSION_SHARE) {
      ended.push(session)
      continue
    }
    totalBytes += session.heldBytes
    if (session.orphaned) orphansBytes += session.heldBytes
    const kind = session.orphaned ? orphans : others
    kind.push(session)
  }
  const end = (sessions: T[], isEnough: () => boolean) => {
    if (isEnough()) return
    sessions.sort((a, b) => a.heldBytes - b.heldBytes)
    while (!isEnough()) {
      const largest = sessions.pop()
      if (largest === undefined) return
      ended.push(largest)
      totalBytes -= largest.heldBytes
      if (largest.orphaned) orphansBytes -= largest.heldBytes
    }
  }
  end(orphans, () => orphansBytes <= maxBytes * ORPHANS_SHARE && totalBytes <= maxBytes)
  end(others, () => totalBytes <= maxBytes)
  return ended
}
