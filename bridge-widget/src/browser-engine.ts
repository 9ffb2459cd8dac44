import { fetchBridgeDescriptor, systemClock, type WebRtc } from '@footbridge/shared'
import SimplePeer from 'simple-peer/simplepeer.min.js'
import { BrowserConditions, type DeviceTeller } from './conditions.ts'
import { ConnectionBudget } from './connection-budget.ts'
import { BridgeEngine, type BridgeEngineOptions } from './engine.ts'
import { keptByBrowser } from './kept-text.ts'
import { UsageRecord } from './usage-record.ts'
import { formatLimits, parseLimits, type VolunteerLimits } from './volunteer-limits.ts'

/*
 * Everything that a volunteer's browser needs once it helps. Loaded on the volunteer's own click, never before.
 */

// Of the page, since that is what the browser counts.
const budget = new ConnectionBudget()

const keptLimits = keptByBrowser('limits')

export interface BrowserEngineOptions extends Pick<BridgeEngineOptions, 'capacity' | 'rate' | 'onChange'> {
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
    limits: readLimits(),
    usage: new UsageRecord(keptByBrowser('usage')),
    conditions: new BrowserConditions(navigator as DeviceTeller),
    unsuitable: typeof RTCPeerConnection === 'undefined' ? 'no-webrtc' : undefined,
  })
}

/** What the volunteer said last, on this visit or an earlier one. */
export function readLimits(): VolunteerLimits | undefined {
  try {
    return parseLimits(keptLimits.read())
  } catch {
    return undefined
  }
}

/** For `readLimits`. Where the browser keeps nothing, they are gone with the page. */
export function keepLimits(limits: VolunteerLimits): void {
  try {
    keptLimits.write(formatLimits(limits))
  } catch {
    // Nothing to be done about it, and nothing that a volunteer would have to know.
  }
}
