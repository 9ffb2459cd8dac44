import type { KnownNat } from './match-facts.ts'

/** These two cannot connect. */
const NEVER = Number.POSITIVE_INFINITY
/** These two connect with some luck: after everybody else who can be had. */
const LAST = 64
/** These two connect through a relay, which somebody pays for. */
const RELAYED = 128
/** Open bridges are the only ones that strict clients can meet: others get them when those at hand are a quarter fuller. */
const KEPT = 4
/** It may turn out to be strict. */
const DOUBTFUL = 2

const HANDICAPS: Readonly<Record<KnownNat, Readonly<Record<KnownNat, number>>>> = {
  open: { open: KEPT, restricted: 0, unknown: 0, strict: 0 },
  restricted: { open: KEPT, restricted: 0, unknown: DOUBTFUL, strict: NEVER },
  unknown: { open: KEPT, restricted: 0, unknown: DOUBTFUL, strict: LAST },
  strict: { open: 0, restricted: NEVER, unknown: LAST, strict: NEVER },
}

/**
 * By how many sixteenths of its places a bridge of this class counts as fuller for that client, so that another one
 * that is nearly as empty is asked before; infinite where the two cannot connect, and there are no relays either.
 */
export function natHandicap(client: KnownNat, bridge: KnownNat, relays: boolean): number {
  const handicap = HANDICAPS[client][bridge]
  return handicap === NEVER && relays ? RELAYED : handicap
}

/** Whether the two connect as a rule, not only with some luck. */
export function connects(client: KnownNat, bridge: KnownNat): boolean {
  return HANDICAPS[client][bridge] < LAST
}
