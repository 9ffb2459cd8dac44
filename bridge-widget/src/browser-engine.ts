import { fetchBridgeDescriptor, systemClock, type WebRtc } from '@footbridge/shared'
import SimplePeer from 'simple-peer/simplepeer.min.js'
import { parseByteRate } from './byte-rate.ts'
import { BrowserConditions, type DeviceTeller } from './conditions.ts'
import { ConnectionBudget } from './connection-budget.ts'
import { BridgeEngine, type BridgeEngineOptions } from './engine.ts'
import { readLimits } from './kept-limits.ts'
import { keptByBrowser } from './kept-text.ts'
import { UsageRecord } from './usage-record.ts'

/*
 * Everything that a volunteer's browser needs once it helps. Loaded on the volunteer's own click, never before.
 */

// Of the page, since that is what the browser counts.
const budget = new ConnectionBudget()

export interface BrowserEngineOptions extends Pick<BridgeEngineOptions, 'capacity' | 'onChange'> {
  /** Bytes per second: a number, or a text such as `2MB`. */
  readonly rate?: number | string | undefined
  /** URL of the network descriptor. */
  readonly network: string
  readonly signal: AbortSignal
}

/** An engine that is not started. Throws what `fetchBridgeDescriptor` does, and `usage` for limits that cannot be. */
export async function createBrowserEngine(options: BrowserEngineOptions): Promise<BridgeEngine> {
  const { network, signal, rate, ...rest } = options
  return new BridgeEngine({
    ...rest,
    rate: typeof rate === 'string' ? parseByteRate(rate) : rate,
    network: await fetchBridgeDescriptor(network, signal),
    platform: { WebSocket, webRtc: { SimplePeer } as WebRtc, clock: systemClock, random: Math.random },
    budget,
    limits: readLimits(),
    usage: new UsageRecord(keptByBrowser('usage')),
    conditions: new BrowserConditions(navigator as DeviceTeller),
    unsuitable: typeof RTCPeerConnection === 'undefined' ? 'no-webrtc' : undefined,
  })
}
