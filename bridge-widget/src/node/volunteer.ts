import { setTimeout as delay } from 'node:timers/promises'
import { equalBytes, type NetworkDescriptor, poolId, systemClock } from '@footbridge/shared'
import { type Log, nodePrimitives } from '@footbridge/shared/node'
import { RateLimiter } from '../rate-limit.ts'
import type { UsageRecord } from '../usage-record.ts'
import { type HeadlessBridge, startHeadlessBridge } from './headless-bridge.ts'
import type { Allowance } from './limit-options.ts'
import type { OwnPool } from './own-pool.ts'

export interface VolunteerOptions {
  readonly network: NetworkDescriptor
  /** Clients at once that are in no pool; absent: none. */
  readonly capacity?: number | undefined
  /** Bytes per second, of all bridges together. */
  readonly rate: number | undefined
  /** Of all bridges together. Without one, they help at any time. */
  readonly allowance?: Allowance | undefined
  /** What all bridges together have done of it. */
  readonly usage?: UsageRecord | undefined
  /** Secrets of the private pools to help. */
  readonly pools: readonly Uint8Array[]
  /** Clients at once of each pool. */
  readonly reserved: number
  /** One more pool, followed as it is opened and revoked. */
  readonly ownPool?: OwnPool | undefined
  readonly log?: Log | undefined
  /** Ends everything. */
  readonly signal: AbortSignal
}

/** Time after which a revoked invitation is noticed at the latest. */
const CHECK_MS = 2_000

/**
 * Helps everybody and each private pool over a bridge of its own, registered apart: so nobody takes the places that are
 * reserved for others. Resolves when all are registered; rejects like `startHeadlessBridge`.
 */
export async function volunteer(options: VolunteerOptions): Promise<void> {
  const { network, capacity, rate, allowance, usage, pools, reserved, ownPool, log, signal } = options
  const limiter = rate === undefined ? undefined : new RateLimiter(rate, systemClock)
  const help = (capacity: number, pool?: string): Promise<HeadlessBridge> =>
    startHeadlessBridge({
      network,
      limits: { clients: capacity, ...allowance },
      usage,
      limiter,
      pool,
      log,
      signal,
    })
  const helpPool = (secret: Uint8Array): Promise<HeadlessBridge> =>
    help(reserved, poolId(secret, nodePrimitives))

  await Promise.all([...(capacity === undefined ? [] : [help(capacity)]), ...pools.map(helpPool)])
  if (!ownPool) return
  const own = new FollowedPool(ownPool, helpPool)
  await own.update()
  void own.follow(log, signal)
}

/** The bridge for the volunteer's own pool, which runs while there is an invitation. */
class FollowedPool {
  readonly #pool: OwnPool
  readonly #help: (secret: Uint8Array) => Promise<HeadlessBridge>
  #served: { readonly secret: Uint8Array; readonly bridge: HeadlessBridge } | undefined

  constructor(pool: OwnPool, help: (secret: Uint8Array) => Promise<HeadlessBridge>) {
    this.#pool = pool
    this.#help = help
  }

  async update(): Promise<void> {
    const secret = await this.#pool.secret()
    if (secret && this.#served && equalBytes(secret, this.#served.secret)) return
    await this.#served?.bridge.close()
    this.#served = undefined
    if (secret) this.#served = { secret, bridge: await this.#help(secret) }
  }

  async follow(log: Log | undefined, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(CHECK_MS, undefined, { signal }).catch(() => {})
      await this.update().catch((error: unknown) => {
        if (!signal.aborted) log?.warn({ err: error }, 'the pool of those who are invited is not helped')
      })
    }
  }
}
