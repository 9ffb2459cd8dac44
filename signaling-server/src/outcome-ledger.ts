import { MAX_PAGE_OUTCOMES, type OutcomePage, type PathOutcome } from '@footbridge/shared'
import { FifoMap } from './fifo-map.ts'
import type { KnownNat } from './match-facts.ts'
import type { PairingResult } from './track-record.ts'

/** A client and a bridge that were introduced. */
export interface Pairing {
  readonly bridgeId: string
  /** Id of the egress that their path leads to. */
  readonly egress: string
  /** Stands for the client's subnet. */
  readonly subnet: string
  /** The client's. */
  readonly nat: KnownNat
  /** Monotonic milliseconds. */
  readonly pairedAt: number
}

/** Pairings of which the outcome is awaited. For one more, the oldest is given up. */
const MAX_PAIRINGS = 100_000
/** Subnets remembered of which somebody got through. For one more, the one heard of longest ago is forgotten. */
const MAX_SUBNETS = 20_000
/**
 * When the outcome of a path is known at the latest: ticket (60 s), first packet (20 s), proof (30 s) and aftermath (15 s),
 * and some for the journey.
 */
export const OVERDUE_MS = 150_000
/** For so long nothing need be heard from an egress. Beyond that its pairings are forgotten: it may be gone for good. */
export const SILENCE_MS = 60_000
/** A path that has carried so much works, however soon it ends. */
const PROOF_BYTES = 262_144

/** Puts what the egresses saw to the account of the bridges. No I/O, no clock. */
export class OutcomeLedger {
  /** By ticket id. */
  readonly #awaited = new FifoMap<string, Pairing>()
  /** From the one heard of longest ago on. */
  readonly #reachable = new Set<string>()

  /** A ticket was given for this pairing, and the bridge has answered. */
  expect(ticketId: string, pairing: Pairing): void {
    this.#awaited.add(ticketId, pairing)
    if (this.#awaited.size > MAX_PAIRINGS) this.#awaited.deleteOldest()
    const forgottenAt = pairing.pairedAt - OVERDUE_MS - SILENCE_MS
    while ((this.#awaited.oldest?.pairedAt ?? forgottenAt) < forgottenAt) this.#awaited.deleteOldest()
  }

  forget(ticketId: string): void {
    this.#awaited.delete(ticketId)
  }

  /** The results that follow from what `egress` answered to a request made at `askedAt`. */
  settle(
    egress: string,
    { outcomes, missed }: OutcomePage,
    askedAt: number,
  ): { readonly bridgeId: string; readonly result: PairingResult }[] {
    const seen = outcomes.flatMap((outcome) => {
      const pairing = this.#take(outcome.ticket, egress)
      return pairing ? [{ pairing, type: typeOf(outcome) }] : []
    })
    for (const { pairing } of seen) this.#reached(pairing.subnet)
    // The outcome of one that is overdue may yet be on the next page.
    const overdue = outcomes.length < MAX_PAGE_OUTCOMES ? this.#takeOverdue(egress, askedAt) : []
    const failed = overdue
      // Nor is it known of any if the egress has forgotten some.
      .filter(({ subnet }) => !missed && this.#reachable.has(subnet))
      .map((pairing) => ({ pairing, type: 'failed' as const }))
    return [...seen, ...failed].map(({ pairing: { bridgeId, subnet, nat }, type }) => ({
      bridgeId,
      result: { subnet, nat, type },
    }))
  }

  /** Another egress has no say: ids are no secret to the bridges. */
  #take(ticketId: string, egress: string): Pairing | undefined {
    const pairing = this.#awaited.get(ticketId)
    if (pairing?.egress !== egress) return undefined
    this.#awaited.delete(ticketId)
    return pairing
  }

  #takeOverdue(egress: string, askedAt: number): Pairing[] {
    const overdue: Pairing[] = []
    for (const [ticketId, pairing] of this.#awaited) {
      if (pairing.pairedAt + OVERDUE_MS > askedAt) break
      if (pairing.egress !== egress) continue
      this.#awaited.delete(ticketId)
      overdue.push(pairing)
    }
    return overdue
  }

  /** Only such a subnet can complain: one from which nobody gets anywhere has itself to blame, or its censor. */
  #reached(subnet: string): void {
    this.#reachable.delete(subnet)
    this.#reachable.add(subnet)
    if (this.#reachable.size > MAX_SUBNETS) forgetFirst(this.#reachable)
  }
}

function typeOf({ type, bytes }: PathOutcome): PairingResult['type'] {
  if (type === 'lived' || bytes >= PROOF_BYTES) return 'worked'
  return type === 'broke' ? 'broke' : 'connected'
}

function forgetFirst(items: Set<string>): void {
  const [first = ''] = items.keys()
  items.delete(first)
}
