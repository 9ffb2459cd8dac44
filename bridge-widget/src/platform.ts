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
  /** Whether UDP passes from here, as these STUN servers see it. Absent: that is not asked. */
  testUdp?(stun: readonly string[], signal: AbortSignal): Promise<UdpTest>
  /** Calls `changed` when this machine may have come to another network. The result ends that. */
  watchNetwork?(changed: () => void): () => void
}

/** What a test of UDP found. */
export interface UdpTest {
  readonly passes: boolean
  readonly nat?: NatClass | undefined
}
