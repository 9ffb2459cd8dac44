import { FootbridgeError, type NetworkDescriptor, systemClock } from '@footbridge/shared'
import { type Log, nodeWebRtc, nodeWebSocket, OwnNat } from '@footbridge/shared/node'
import { BridgeEngine } from '../engine.ts'
import type { BridgeReason } from '../engine-state.ts'
import type { Platform } from '../platform.ts'
import type { RateLimiter } from '../rate-limit.ts'
import type { UsageRecord } from '../usage-record.ts'
import type { VolunteerLimits } from '../volunteer-limits.ts'
import { allowanceLine } from './allowance-line.ts'

export interface HeadlessBridgeOptions {
  readonly network: NetworkDescriptor
  /** Clients at once. */
  readonly capacity?: number | undefined
  /** Bytes per second, all clients together, both ways together. */
  readonly rate?: number | undefined
  /** Instead of `rate`: one that several bridges share. */
  readonly limiter?: RateLimiter | undefined
  /** The volunteer's own, where they are lower. */
  readonly limits?: VolunteerLimits | undefined
  /** Across runs; may be shared by several bridges. */
  readonly usage?: UsageRecord | undefined
  /** Id of the private pool that it helps, and nobody else. */
  readonly pool?: string | undefined
  readonly log?: Log | undefined
  /** Closes the bridge, before or after it is registered. */
  readonly signal?: AbortSignal | undefined
}

export interface HeadlessBridge {
  readonly engine: BridgeEngine
  /** Leaves politely: everybody is told. Idempotent. */
  close(): Promise<void>
}

/** The first registration. Later ones are tried for as long as it takes. */
const START_TIMEOUT_MS = 15_000

/**
 * The bridge engine in Node. Resolves when the bridge is registered; rejects with `unavailable` if no signaling
 * server takes it in time, `protocol` if the network speaks another version, `not-allowed` if it takes no volunteers from
 * here, or `aborted`.
 */
export async function startHeadlessBridge(options: HeadlessBridgeOptions): Promise<HeadlessBridge> {
  const { log, signal, ...settings } = options
  let onChange: () => void = () => {}
  const nat = new OwnNat({ stun: settings.network.stun, clock: systemClock })
  const engine = new BridgeEngine({
    ...settings,
    platform: nodePlatform(nat),
    onChange: () => {
      const { state, reason, limits } = engine
      const { clients, peopleHelped } = engine.stats
      const used = settings.usage && allowanceLine(limits, settings.usage.at(systemClock.wallNow()))
      log?.info({ state, reason, clients, peopleHelped, used }, 'bridge changed')
      onChange()
    },
  })
  const stop = (): void => {
    signal?.removeEventListener('abort', stop)
    nat.close()
    engine.stop()
  }
  signal?.addEventListener('abort', stop)
  try {
    // A bridge waits for hours: rather a moment later than with clients that cannot reach it.
    await nat.measured()
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(unavailable()), START_TIMEOUT_MS)
      onChange = () => {
        if (engine.state === 'connecting') return
        clearTimeout(timer)
        if (engine.state === 'off') reject(new FootbridgeError('aborted', 'starting the bridge was given up'))
        else if (engine.state === 'unsuitable') reject(unsuitable(engine.reason))
        else resolve()
      }
      engine.start()
      if (signal?.aborted) stop()
    })
  } catch (error) {
    stop()
    throw error
  }
  return { engine, close: async () => stop() }
}

function nodePlatform(nat: OwnNat): Platform {
  return {
    WebSocket: nodeWebSocket,
    webRtc: nodeWebRtc(),
    clock: systemClock,
    random: Math.random,
    nat: () => nat.class,
  }
}

function unavailable(): FootbridgeError {
  return new FootbridgeError(
    'unavailable',
    `no signaling server took the bridge within ${START_TIMEOUT_MS / 1_000} s; check that the network is up and its descriptor is current`,
  )
}

function unsuitable(reason: BridgeReason | undefined): FootbridgeError {
  if (reason === 'censored-country') {
    return new FootbridgeError(
      'not-allowed',
      'this network takes no volunteers from where this machine seems to be: helping could bring you into danger there',
    )
  }
  return new FootbridgeError('protocol', 'the network speaks another protocol version; update this program')
}
