import type { PeerOrigin } from './peer-origin.ts'
import { RecentMap } from './recent-map.ts'

const HOUR_MS = 3_600_000
/** Subnets remembered, twice at most; with 60 bridges each this is some 40 MB, which takes as many real subnets. */
const MAX_SUBNETS = 8_192

export interface ShownBridgesOptions {
  /** Distinct bridges that one subnet may be shown in an hour. */
  readonly perHour: number
  /** Called for each bridge that is shown, so that other instances can be told. */
  readonly onShown?: (subnet: string, bridgeId: string) => void
}

/**
 * Remembers which bridges each subnet was shown in the last hour, so that who scans for volunteers from one place soon
 * sees only those it has seen already. The clock is the caller's.
 */
export class ShownBridges {
  readonly #options: ShownBridgesOptions
  /** By subnet: bridge → when it was last shown, the longest ago first. */
  readonly #shown = new RecentMap<string, Map<string, number>>(MAX_SUBNETS, HOUR_MS)

  constructor(options: ShownBridgesOptions) {
    this.#options = options
  }

  /** The only bridges that clients from there may be shown at `now`; `undefined` while they may be shown any. */
  only({ subnet, isLocal }: PeerOrigin, now: number): Iterable<string> | undefined {
    if (isLocal) return undefined
    const shown = this.#recent(subnet, now)
    return shown && shown.size >= this.#options.perHour ? shown.keys() : undefined
  }

  maySee({ subnet, isLocal }: PeerOrigin, bridgeId: string, now: number): boolean {
    if (isLocal) return true
    const shown = this.#recent(subnet, now)
    return !shown || shown.size < this.#options.perHour || shown.has(bridgeId)
  }

  /** `bridgeId` is asked for an offer from there, and so may be shown any moment. */
  add({ subnet, isLocal }: PeerOrigin, bridgeId: string, now: number): void {
    if (isLocal) return
    this.merge(subnet, bridgeId, now)
    this.#options.onShown?.(subnet, bridgeId)
  }

  /** The same, as another instance tells it. */
  merge(subnet: string, bridgeId: string, now: number): void {
    const shown = this.#recent(subnet, now) ?? new Map<string, number>()
    // Anew, so that it moves to the end.
    shown.delete(bridgeId)
    shown.set(bridgeId, now)
    // Only what several instances showed at once can be more than the cap; the memory stays bounded.
    const [oldest] = shown.keys()
    if (oldest !== undefined && shown.size > 2 * this.#options.perHour) shown.delete(oldest)
    this.#shown.set(subnet, shown, now)
  }

  #recent(subnet: string, now: number): Map<string, number> | undefined {
    const shown = this.#shown.get(subnet, now)
    for (const [bridgeId, shownAt] of shown ?? []) {
      if (now - shownAt < HOUR_MS) break
      shown?.delete(bridgeId)
    }
    return shown
  }
}
