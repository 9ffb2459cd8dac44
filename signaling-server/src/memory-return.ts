import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Clock } from '@footbridge/shared'

export interface MemoryReturnOptions {
  /** Sockets that there are now. */
  readonly count: () => number
  readonly clock: Clock
  /** Default: has V8 collect everything that it can. */
  readonly collect?: () => void
}

/** How often the sockets are counted. */
export const COUNT_INTERVAL_MS = 5_000
/** What fewer leave behind is not worth the pause. */
export const LEAST_CROWD = 2_000
/** What a socket of the system holds is let go of by one collection, and returned by the next. */
const COLLECTIONS = 2

/**
 * Gives memory back when most of a crowd has left. V8 by itself would keep what they took until about as much has been
 * used anew, which on a server that few are left on takes for ever. It costs a pause of some ten milliseconds, each
 * time that half of those who were there last time have gone. Returns what stops it.
 */
export function returnMemory({ count, clock, collect = collectGarbage }: MemoryReturnOptions): () => void {
  let most = 0
  let collections = 0
  let cancel = () => {}
  const look = () => {
    const now = count()
    most = Math.max(most, now)
    if (most >= LEAST_CROWD && 2 * now <= most) {
      most = now
      collections = COLLECTIONS
    }
    if (collections > 0) {
      collections -= 1
      collect()
    }
    cancel = clock.after(COUNT_INTERVAL_MS, look)
  }
  look()
  return () => cancel()
}

/** A full collection; Node has no other way to ask for one. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  if (typeof collect === 'function') collect()
}
