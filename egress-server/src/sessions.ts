import type {
  Carrier,
  Clock,
  CloseCode,
  KeyPair,
  Primitives,
  SessionStream,
  Ticket,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { WatchedPath } from './path-outcomes.ts'

/** What the server needs of the sessions that end here. */
export interface Sessions {
  /** Running at the moment. */
  readonly size: number
  /** Takes a path whose ticket is good, to begin a session or to join one. Owns the carrier from then on. */
  accept(carrier: Carrier, ticket: Ticket): void
  /** Ends every session and closes its carriers. */
  close(): Promise<void>
}

/** What the sessions need of the server. */
export interface SessionsContext {
  /** The egress's X25519 static key. */
  readonly keyPair: KeyPair
  readonly primitives: Primitives
  readonly maxSessions: number
  /** Memory that the sessions may hold together; see `sessionsToEnd`. */
  readonly maxMemoryBytes: number
  readonly clock: Clock
  readonly log: Log
  /** Called with each stream that a client opens, in the turn in which its OPEN arrives, and what stands for its session. */
  readonly onStream: (stream: SessionStream, session: object) => void
  /** Called with each path that its first packet has opened, and what it gives back, once, with why the path ended. */
  readonly watchPath: (ticketId: Uint8Array, path: WatchedPath) => (code: CloseCode) => void
}

export type CreateSessions = (context: SessionsContext) => Sessions
