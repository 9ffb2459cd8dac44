import type { NatClass } from '@footbridge/shared'
import type { KnownNat } from './match-facts.ts'
import type { Standing } from './ranking.ts'

/** What came of one pairing, as the egress saw it. */
export interface PairingResult {
  /** Stands for the client's subnet. */
  readonly subnet: string
  /** The client's. */
  readonly nat: KnownNat
  /** The path carried data or lived for a while; came about, no more; broke off early; or never came about. */
  readonly type: 'worked' | 'connected' | 'broke' | 'failed'
}

/** Subnets whose latest result is remembered. For one more, the one heard of longest ago is forgotten. */
const MAX_SUBNETS = 32
/** Subnets that must say the same before it counts against a bridge. */
const FAILURES = 3
/** Subnets of strict clients that must have connected before a bridge counts as open. */
const PROOFS = 2

/**
 * What clients have met with at one bridge. Each subnet has one vote, its latest: so nobody can ruin the standing of a
 * bridge by taking tickets for it and staying away, as long as others get through.
 */
export class TrackRecord {
  readonly #votes = new Map<string, PairingResult>()

  add(result: PairingResult): void {
    // Anew, so that it moves to the end of the map.
    this.#votes.delete(result.subnet)
    this.#votes.set(result.subnet, result)
    if (this.#votes.size <= MAX_SUBNETS) return
    const [oldest = ''] = this.#votes.keys()
    this.#votes.delete(oldest)
  }

  get standing(): Standing {
    const good = this.#count(({ type }) => type === 'worked')
    const bad = this.#count(({ type }) => type === 'broke' || type === 'failed')
    if (bad >= FAILURES && bad > good) return 'poor'
    return good > 0 ? 'good' : 'unproven'
  }

  /** The class that follows from who got through and who did not; `declared` where nothing follows. */
  nat(declared: NatClass | undefined): KnownNat {
    if (this.#connected('strict') >= PROOFS) return 'open'
    if (this.#isShutTo('restricted')) return 'strict'
    if (this.#isShutTo('strict') && declared !== 'strict') return 'restricted'
    return declared ?? 'unknown'
  }

  #isShutTo(nat: NatClass): boolean {
    const failures = this.#count((vote) => vote.nat === nat && vote.type === 'failed')
    return failures >= FAILURES && this.#connected(nat) === 0
  }

  #connected(nat: NatClass): number {
    return this.#count((vote) => vote.nat === nat && vote.type !== 'failed')
  }

  #count(matches: (vote: PairingResult) => boolean): number {
    return [...this.#votes.values()].filter(matches).length
  }
}
