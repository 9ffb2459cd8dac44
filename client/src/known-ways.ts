import type { NetworkDescriptor, WebRtc } from '@footbridge/shared'
import { PostWayIn } from './post-way-in.ts'
import type { Reachability } from './reachability.ts'
import type { WayIn } from './way-in.ts'
import { WebSocketWayIn } from './web-socket-way-in.ts'

export interface KnownWaysOptions {
  readonly network: NetworkDescriptor
  readonly webRtc: WebRtc
  readonly reachability: Reachability
}

export interface KnownWay {
  /** For people. */
  readonly kind: 'HTTPS POST' | 'WebSocket'
  /** Which of the network's signaling servers, from 1 on. */
  readonly server: number
  readonly way: WayIn
}

/** All ways in that a network has, the quickest first. */
export function knownWays(options: KnownWaysOptions): KnownWay[] {
  return options.network.signaling.flatMap((origin, at): KnownWay[] => [
    // A round trip shorter than by WebSocket, which has to be opened before it says anything.
    { kind: 'HTTPS POST', server: at + 1, way: new PostWayIn({ ...options, origin }) },
    { kind: 'WebSocket', server: at + 1, way: new WebSocketWayIn({ ...options, origin }) },
  ])
}
