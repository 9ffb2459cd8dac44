import type { LimitHit } from './address-limits.ts'
import type { KnownNat } from './match-facts.ts'
import type { PeerOrigin } from './peer-origin.ts'

/** What was at its cap or over its time when somebody was turned away. */
export type LimitKind =
  | 'messages' // too many on one socket
  | 'malformed' // one of them was not to be understood
  | 'silence' // no sign of life, or no registration in time
  | 'sockets' // the server holds as many as it may
  | 'unread' // a socket left too much unread
  | 'distinct-bridges' // that a subnet may see in an hour
  | 'censored-country' // where no volunteers are taken, for their own sake
  | LimitHit // of one address

/** Why an offer was not met, which its client is not told. */
export type RefusalCause =
  | 'no-bridge' // nobody has room
  | 'no-egress' // none is known, or not the one asked for
  | 'limit' // a cap of one client, or of the server
  | 'shown' // its subnet has seen enough bridges
  | 'work' // it has to work first
  | 'version' // nobody speaks it

/** What happens at signaling, for those who count it. Nothing here names anybody beyond what `PeerOrigin` keeps. */
export interface Observations {
  /** A bridge's answer went to the client, so long after its offer came. */
  matched(client: PeerOrigin, durationMs: number): void
  /** An offer was not met. */
  refused(cause: RefusalCause, nat: KnownNat | undefined): void
  /** There was too much to do, and this side had more than enough of them. */
  shed(side: 'client' | 'bridge'): void
  limited(kind: LimitKind): void
}
