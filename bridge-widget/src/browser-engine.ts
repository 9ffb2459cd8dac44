import { fetchBridgeDescriptor, type WebRtc } from '@footbridge/shared'
import SimplePeer from 'simple-peer/simplepeer.min.js'
import { parseByteRate } from './byte-rate.ts'
import { BrowserConditions, type DeviceTeller } from './conditions.ts'
import { ConnectionBudget } from './connection-budget.ts'
import { BridgeEngine, type BridgeEngineOptions } from './engine.ts'
import { keepLimits, readLimits } from './kept-limits.ts'
import { keptByBrowser } from './kept-text.ts'
import { watchNetwork } from './network-watch.ts'
import { type OriginBridge, type OriginBridgeOptions, SharedBridge } from './origin-bridge.ts'
import { patientConnection } from './patient-connection.ts'
import type { Platform } from './platform.ts'
import { testUdp } from './udp-test.ts'
import { UsageRecord } from './usage-record.ts'
import { WorkerClock } from './worker-clock.ts'

/*
 * Everything that a volunteer's browser needs once it helps. Loaded on the volunteer's own click, never before.
 */

/** The name of the clock's worker beside this file. Only the bundled engine has one, from its build. */
declare const CLOCK_WORKER: string | undefined

// Of the page, since that is what the browser counts.
const budget = new ConnectionBudget()
const clock = new WorkerClock(openClockWorker)
// Of all its visits, or where nothing can be kept of this one: turning it off and on again is no new quota.
const usage = new UsageRecord(keptByBrowser('usage'))

export interface BrowserBridgeOptions extends Pick<OriginBridgeOptions, 'onChange' | 'onError' | 'onEnd'> {
  /** URL of the network descriptor, relative to the document. */
  readonly network: string
  /** Clients at once. */
  readonly maxClients?: number | null | undefined
  /** Bytes per second, all clients together: a number, or a text such as `2MB`. */
  readonly maxRate?: number | string | null | undefined
  /** Id of the private pool that it helps, and nobody else, asked for whenever an engine is made. */
  readonly pool?: () => string | undefined
  /** Never runs it here: only shows what another document of the origin does. */
  readonly looksOn?: boolean
}

interface BrowserEngineOptions
  extends Pick<BridgeEngineOptions, 'capacity' | 'rate' | 'pool' | 'onChange' | 'onError'> {
  readonly network: string
}

/**
 * The bridge of this origin, which this tab has not joined yet. An origin runs one, whatever its pages say: if they name
 * other networks or limits, those of the page count in which it runs. Throws `usage` for a rate that cannot be.
 */
export function openOriginBridge(options: BrowserBridgeOptions): OriginBridge {
  const { network, maxClients, maxRate, pool, looksOn = false, onChange, onError, onEnd } = options
  const engineOptions = {
    network: new URL(network, document.baseURI).href,
    capacity: maxClients ?? undefined,
    rate: typeof maxRate === 'string' ? parseByteRate(maxRate) : (maxRate ?? undefined),
  }
  return new SharedBridge({
    createEngine: looksOn
      ? undefined
      : ({ onChange, onError }) =>
          createBrowserEngine({ ...engineOptions, pool: pool?.(), onChange, onError }),
    keepLimits,
    onChange,
    onError,
    onEnd,
  })
}

/** An engine that is not started. Throws `usage` for limits that cannot be. */
function createBrowserEngine({ network, ...rest }: BrowserEngineOptions): BridgeEngine {
  const canConnect = typeof RTCPeerConnection !== 'undefined'
  return new BridgeEngine({
    ...rest,
    network: (signal) => fetchBridgeDescriptor(network, signal),
    platform: browserPlatform(canConnect),
    budget,
    limits: readLimits(),
    usage,
    conditions: new BrowserConditions(navigator as DeviceTeller),
    unsuitable: canConnect ? undefined : 'no-webrtc',
  })
}

function browserPlatform(canConnect: boolean): Platform {
  const base = { WebSocket, clock, random: Math.random, watchNetwork }
  if (!canConnect) return { ...base, webRtc: { SimplePeer } as WebRtc }
  const wrtc = budget.counting({
    RTCPeerConnection: patientConnection(RTCPeerConnection),
    RTCSessionDescription,
    RTCIceCandidate,
  })
  return {
    ...base,
    webRtc: { SimplePeer, wrtc } as WebRtc,
    testUdp: (stun, signal) => testUdp({ stun, RTCPeerConnection: wrtc.RTCPeerConnection, clock, signal }),
  }
}

/**
 * A browser takes a worker from the page's own origin alone, and checks no digest of it: none is needed, for who serves
 * the page could change anything in it. Embedded from another origin, the page's own timers have to do: those that
 * matter are set when the network says something, and such a browser fires within a second or two.
 */
function openClockWorker(): Worker | undefined {
  if (typeof CLOCK_WORKER === 'undefined') return undefined
  const url = new URL(CLOCK_WORKER, import.meta.url)
  return url.origin === location.origin ? new Worker(url) : undefined
}
