import { fetchBridgeDescriptor, systemClock, type WebRtc } from '@footbridge/shared'
import SimplePeer from 'simple-peer/simplepeer.min.js'
import { ConnectionBudget } from './connection-budget.ts'
import { BridgeEngine, type BridgeEngineOptions } from './engine.ts'
import { watchNetwork } from './network-watch.ts'
import type { Platform } from './platform.ts'
import { testUdp } from './udp-test.ts'

/*
 * Everything that a volunteer's browser needs once it helps. Loaded on the volunteer's own click, never before.
 */

// Of the page, since that is what the browser counts.
const pageBudget = new ConnectionBudget()

export interface BrowserEngineOptions
  extends Pick<BridgeEngineOptions, 'capacity' | 'rate' | 'onChange' | 'onError' | 'budget'> {
  /** URL of the network descriptor. */
  readonly network: string
}

/** An engine that is not started. Throws `usage` for limits that cannot be. */
export function createBrowserEngine(options: BrowserEngineOptions): BridgeEngine {
  const { network, budget = pageBudget, ...rest } = options
  const canConnect = typeof RTCPeerConnection !== 'undefined'
  return new BridgeEngine({
    ...rest,
    network: (signal) => fetchBridgeDescriptor(network, signal),
    platform: browserPlatform(budget, canConnect),
    budget,
    unsuitable: canConnect ? undefined : 'no-webrtc',
  })
}

function browserPlatform(budget: ConnectionBudget, canConnect: boolean): Platform {
  const base = { WebSocket, clock: systemClock, random: Math.random, watchNetwork }
  if (!canConnect) return { ...base, webRtc: { SimplePeer } as WebRtc }
  const wrtc = budget.counting({ RTCPeerConnection, RTCSessionDescription, RTCIceCandidate })
  return {
    ...base,
    webRtc: { SimplePeer, wrtc } as WebRtc,
    testUdp: (stun, signal) =>
      testUdp({ stun, RTCPeerConnection: wrtc.RTCPeerConnection, clock: base.clock, signal }),
  }
}
