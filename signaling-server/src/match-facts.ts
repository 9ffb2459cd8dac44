import type { NatClass } from '@footbridge/shared'

/** The NAT class of a peer, as far as it is known. */
export type KnownNat = NatClass | 'unknown'

/** What matching knows of a bridge. */
export interface BridgeFacts {
  readonly id: string
  /** Clients it may have at once. */
  readonly capacity: number
  /** As it says itself. */
  readonly nat?: NatClass | undefined
  /** Stands for its country and network; absent unless both are known. */
  readonly place?: string | undefined
  /** The private pool that it serves, and nobody else; absent: the public. */
  readonly pool?: string | undefined
}

/** What matching knows of an offer. */
export interface OfferFacts {
  /** Ids of bridges that the client does not want, because it has them already. */
  readonly avoid: ReadonlySet<string>
  /** The only bridge that it may go to, whatever NAT and place say: the client has met it already. */
  readonly bridge?: string | undefined
  /** Ids of the only bridges that the client may be shown now; `undefined`: any. Asked anew for each attempt. */
  readonly only?: (() => Iterable<string> | undefined) | undefined
  readonly nat?: NatClass | undefined
  /** Stands for its country and network; absent unless both are known. */
  readonly place?: string | undefined
  /** The private pool whose bridges alone may take it; absent: the public. */
  readonly pool?: string | undefined
  /** The client is connected already, and can do without one more path if there are few. */
  readonly isConnected?: boolean | undefined
}
