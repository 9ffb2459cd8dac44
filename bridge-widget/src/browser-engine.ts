import { fetchBridgeDescriptor, systemClock, type WebRtc } from '@footbridge/shared'
import SimplePeer from 'simple-peer/simplepeer.min.js'
import { ConnectionBudget } from './connection-budget.ts'
import { BridgeEngine, type BridgeEngineOptions } from './engine.ts'

/*
 * Everything that a volunteer's browser needs once it helps. Loaded on the volunteer's own click, never before.
 */

// Of the page, since that is what the browser counts.
const budget = new ConnectionBudget()

export interface BrowserEngineOptions
  extends Pick<BridgeEngineOptions, 'capacity' | 'rate' | 'pool' | 'onChange'> {
  /** URL of the network descriptor. */
  readonly network: string
  readonly signal: AbortSignal
}

/** An engine that is not started. Throws what `fetchBridgeDescriptor` does, and `usage` for limits that cannot be. */
export async function createBrowserEngine(options: BrowserEngineOptions): Promise<BridgeEngine> {
  const { network, signal, ...rest } = options
  return new BridgeEngine({
    ...rest,
    network: await fetchBridgeDescriptor(network, signal),
    platform: { WebSocket, webRtc: { SimplePeer } as WebRtc, clock: systemClock, random: Math.random },
    budget,
    unsuitable: typeof RTCPeerConnection === 'undefined' ? 'no-webrtc' : undefined,
  })
}
