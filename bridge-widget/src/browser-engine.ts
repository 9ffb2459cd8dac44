import { fetchBridgeDescriptor, systemClock, type WebRtc } from '@footbridge/shared'
import SimplePeer from 'simple-peer/simplepeer.min.js'
import { parseByteRate } from './byte-rate.ts'
import { ConnectionBudget } from './connection-budget.ts'
import { BridgeEngine, type BridgeEngineOptions } from './engine.ts'
import { type OriginBridge, type OriginBridgeOptions, SharedBridge } from './origin-bridge.ts'
import { formatLimits, type VolunteerLimits } from './volunteer-limits.ts'

/*
 * Everything that a volunteer's browser needs once it helps. Loaded on the volunteer's own click, never before.
 */

// Of the page, since that is what the browser counts.
const budget = new ConnectionBudget()

export interface BrowserBridgeOptions extends Pick<OriginBridgeOptions, 'onChange' | 'onEnd'> {
  /** URL of the network descriptor, relative to the document. */
  readonly network: string
  /** Clients at once. */
  readonly maxClients?: number | null | undefined
  /** Bytes per second, all clients together: a number, or a text such as `2MB`. */
  readonly maxRate?: number | string | null | undefined
  /** Never runs it here: only shows what another document of the origin does. */
  readonly looksOn?: boolean
}

interface BrowserEngineOptions extends Pick<BridgeEngineOptions, 'capacity' | 'rate' | 'onChange'> {
  readonly network: string
  readonly signal: AbortSignal
}

/**
 * The bridge of this origin, which this tab has not joined yet. An origin runs one, whatever its pages say: if they name
 * other networks or limits, those of the page count in which it runs. Throws `usage` for a rate that cannot be.
 */
export function openOriginBridge(options: BrowserBridgeOptions): OriginBridge {
  const { network, maxClients, maxRate, looksOn = false, onChange, onEnd } = options
  const engineOptions = {
    network: new URL(network, document.baseURI).href,
    capacity: maxClients ?? undefined,
    rate: typeof maxRate === 'string' ? parseByteRate(maxRate) : (maxRate ?? undefined),
  }
  return new SharedBridge({
    createEngine: looksOn ? undefined : (context) => createBrowserEngine({ ...engineOptions, ...context }),
    keepLimits,
    onChange,
    onEnd,
  })
}

/** An engine that is not started. Throws what `fetchBridgeDescriptor` does, and `usage` for limits that cannot be. */
async function createBrowserEngine(options: BrowserEngineOptions): Promise<BridgeEngine> {
  const { network, signal, ...rest } = options
  return new BridgeEngine({
    ...rest,
    network: await fetchBridgeDescriptor(network, signal),
    platform: { WebSocket, webRtc: { SimplePeer } as WebRtc, clock: systemClock, random: Math.random },
    budget,
    unsuitable: typeof RTCPeerConnection === 'undefined' ? 'no-webrtc' : undefined,
  })
}

function keepLimits(limits: VolunteerLimits): void {
  try {
    localStorage.setItem('footbridge:limits', formatLimits(limits))
  } catch {
    // Where the browser keeps nothing, they are gone with the page.
  }
}
