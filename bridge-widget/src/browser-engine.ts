import { fetchBridgeDescriptor, type WebRtc } from '@footbridge/shared'
import SimplePeer from 'simple-peer/simplepeer.min.js'
import { ConnectionBudget } from './connection-budget.ts'
import { BridgeEngine, type BridgeEngineOptions } from './engine.ts'
import { watchNetwork } from './network-watch.ts'
import type { Platform } from './platform.ts'
import { testUdp } from './udp-test.ts'
import { WorkerClock } from './worker-clock.ts'

/*
 * Everything that a volunteer's browser needs once it helps. Loaded on the volunteer's own click, never before.
 */

/** The name of the clock's worker beside this file. Only the bundled engine has one, from its build. */
declare const CLOCK_WORKER: string | undefined

// Of the page, since that is what the browser counts.
const pageBudget = new ConnectionBudget()
const clock = new WorkerClock(openClockWorker)

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
  const base = { WebSocket, clock, random: Math.random, watchNetwork }
  if (!canConnect) return { ...base, webRtc: { SimplePeer } as WebRtc }
  const wrtc = budget.counting({ RTCPeerConnection, RTCSessionDescription, RTCIceCandidate })
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
