import type { Clock, NatClass, WebRtc, WebSocketConstructor } from '@footbridge/shared'

/** What the engine needs of the world around it; a browser's, Node's, or a test's. */
export interface Platform {
  readonly WebSocket: WebSocketConstructor
  readonly webRtc: WebRtc
  readonly clock: Clock
  /** From 0 up to, not including, 1. */
  random(): number
  /** The class of the NAT in front, where it can be known without being asked for much. A browser's cannot. */
  nat?(): NatClass | undefined
}
