import { Backoff, isFootbridgeError, type NetworkDescriptor } from '@footbridge/shared'
import type { Platform, UdpTest } from './platform.ts'

/** Why it takes longer. */
export type Obstacle = 'unreachable' | 'descriptor' | 'version' | 'udp-blocked'

/** How long to wait before the next attempt, in milliseconds: at least, and beyond that at first and at most. */
const WAITS: Readonly<Record<Obstacle, readonly [leastMs: number, firstMs: number, mostMs: number]>> = {
  unreachable: [0, 1_000, 60_000],
  // Somebody has to mend it first.
  descriptor: [2_000, 5_000, 300_000],
  // Each takes an RTCPeerConnection, and the server's time.
  'udp-blocked': [30_000, 30_000, 900_000],
  version: [1_800_000, 1_800_000, 1_800_000],
}

export interface PreparationOptions {
  /** The network's descriptor, or what fetches it: anew for each attempt, for it may have been mended meanwhile. */
  readonly network: NetworkDescriptor | ((signal: AbortSignal) => Promise<NetworkDescriptor>)
  readonly platform: Platform
  /** It holds from now on, until an obstacle says otherwise. */
  onReady(network: NetworkDescriptor, nat: UdpTest['nat']): void
  /** It goes on trying. Called for each attempt that failed, with what went wrong unless the name says it all. */
  onObstacle(obstacle: Obstacle, error?: unknown): void
}

/**
 * What comes before a bridge is announced: the network's descriptor, and the certainty that clients can be met from here.
 * Tries until it has both. Where neither takes any time, it is ready before the constructor is through.
 */
export class Preparation {
  readonly #options: PreparationOptions
  readonly #abort = new AbortController()
  #obstacle: Obstacle | undefined
  #backoff: Backoff | undefined
  #network: NetworkDescriptor | undefined
  #cancelRetry: (() => void) | undefined

  constructor(options: PreparationOptions) {
    this.#options = options
    this.#begin()
  }

  /** The machine may be in another network now: tries at once rather than later, and tests again what was fit. */
  hurry(): void {
    if (this.#cancelRetry !== undefined) {
      this.#cancelRetry()
      this.#begin()
    } else if (this.#network !== undefined) this.#check(this.#network)
  }

  stop(): void {
    this.#cancelRetry?.()
    this.#abort.abort()
  }

  #begin(): void {
    this.#cancelRetry = undefined
    const { network } = this.#options
    if (typeof network === 'function') void this.#load(network)
    else this.#check(network)
  }

  async #load(fetch: (signal: AbortSignal) => Promise<NetworkDescriptor>): Promise<void> {
    const { signal } = this.#abort
    const network = await fetch(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#meet(obstacleIn(error), error)
    })
    if (network && !signal.aborted) this.#check(network)
  }

  #check(network: NetworkDescriptor): void {
    const { testUdp } = this.#options.platform
    // Peers on one machine or LAN meet without STUN, and where no server is named, nobody can be asked.
    const isAnswered = network.allowPrivateCandidates || network.stun.length === 0
    if (testUdp === undefined || isAnswered) this.#pass(network, undefined)
    else void this.#test(network, testUdp)
  }

  async #test(network: NetworkDescriptor, testUdp: NonNullable<Platform['testUdp']>): Promise<void> {
    const { signal } = this.#abort
    const { passes, nat } = await testUdp(network.stun, signal)
    if (signal.aborted) return
    if (passes) this.#pass(network, nat)
    else this.#meet('udp-blocked')
  }

  #pass(network: NetworkDescriptor, nat: UdpTest['nat']): void {
    const wasReady = this.#network !== undefined
    this.#network = network
    this.#obstacle = undefined
    if (!wasReady) this.#options.onReady(network, nat)
  }

  #meet(obstacle: Obstacle, error?: unknown): void {
    const { clock, random } = this.#options.platform
    const [leastMs, firstMs, mostMs] = WAITS[obstacle]
    // Another obstacle is another story.
    if (this.#backoff === undefined || obstacle !== this.#obstacle) {
      this.#backoff = new Backoff({ firstMs, mostMs, random: () => random() })
    }
    this.#obstacle = obstacle
    this.#network = undefined
    this.#cancelRetry?.()
    this.#cancelRetry = clock.after(this.#backoff.next(leastMs), () => this.#begin())
    this.#options.onObstacle(obstacle, error)
  }
}

function obstacleIn(error: unknown): Obstacle {
  if (isFootbridgeError(error, 'protocol')) return 'version'
  return isFootbridgeError(error, 'malformed', 'too-large') ? 'descriptor' : 'unreachable'
}
