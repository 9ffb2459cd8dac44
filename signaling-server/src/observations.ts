import type { NatClass, RefuseReason } from '@footbridge/shared'
import type { PeerOrigin } from './peer-origin.ts'

/** What was at its cap or over its time when somebody was turned away. */
export type LimitKind =
  | 'messages' // too many on one socket
  | 'malformed' // one of them was not to be understood
  | 'silence' // no sign of life, or no registration in time
  | 'sockets' // the server holds as many as it may
  | 'unread' // a socket left too much unread
  | 'offers' // per client or per address
  | 'registrations' // per address
  | 'distinct-bridges' // that one client may see in an hour

/** What happens at signaling, for those who count it. Nothing here names anybody beyond what `PeerOrigin` keeps. */
export interface Observations {
  /** A bridge's answer went to the client, so long after its offer came. */
  matched(client: PeerOrigin, durationMs: number): void
  /** An offer was not met. */
  refused(reason: RefuseReason, nat: NatClass | undefined): void
  /** There was too much to do, and this side had more than enough of them. */
  shed(side: 'client' | 'bridge'): void
  limited(kind: LimitKind): void
}
