import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../network/host.ts'
import type { BenchmarkContext } from './benchmark.ts'
import type { BoxedNetwork } from './boxed-network.ts'
import type { Program } from './program.ts'

/** Enough that six can live while those that went in the last {@link REST_MS} still lie about. */
const HOSTS = 16
const DELAY_MS = { least: 10, most: 60 }
const BYTES_PER_SECOND = { least: 1_000_000, most: 2_000_000 }
/** Bridges that stay when others go … */
const LEAST_LEFT = 2
/** … and those that there are soon after. */
const WANTED = { least: 3, most: 6 }
/** What is left of a bridge that did not say goodbye vanishes so much later. */
const REST_MS = 15_000

/** Ways to go. */
const DEPARTURES = {
  killed: async ({ program }: Bridge): Promise<unknown> => program.kill('SIGKILL'),
  frozen: ({ host }: Bridge): Promise<unknown> => host.freeze(),
  cut: ({ host }: Bridge): Promise<unknown> => host.cut(),
  polite: ({ program }: Bridge): Promise<unknown> => program.call('leave'),
} as const
export type Departure = keyof typeof DEPARTURES

interface Bridge {
  readonly host: Host
  readonly program: Program
}

/** Headless bridges that come and go, each on a host of its own. */
export class BridgeFleet {
  /** How often each way was gone. */
  readonly departures: Record<Departure, number> = { killed: 0, frozen: 0, cut: 0, polite: 0 }
  readonly #network: BoxedNetwork
  readonly #random: () => number
  readonly #signal: AbortSignal
  readonly #free: Host[] = []
  readonly #live: Bridge[] = []
  readonly #underWay: Set<Promise<void>> = new Set()
  #starting = 0
  #failure: unknown

  private constructor(network: BoxedNetwork, random: () => number, signal: AbortSignal) {
    this.#network = network
    this.#random = random
    this.#signal = signal
  }

  static async start(
    network: BoxedNetwork,
    random: () => number,
    { signal }: BenchmarkContext,
  ): Promise<BridgeFleet> {
    const fleet = new BridgeFleet(network, random, signal)
    while (fleet.#free.length < HOSTS) {
      const link = {
        delayMs: fleet.#between(DELAY_MS),
        bytesPerSecond: fleet.#between(BYTES_PER_SECOND),
      }
      fleet.#free.push(await network.addHost('bridge', link))
    }
    fleet.#fill(WANTED.most)
    await fleet.settle()
    return fleet
  }

  get conditions(): Readonly<Record<string, string>> {
    const departures = Object.entries(this.departures).map(([departure, count]) => `${count} ${departure}`)
    return {
      bridges: `headless, ${WANTED.least} to ${WANTED.most} at a time, each on a host of its own`,
      links: `of bridges: ${DELAY_MS.least} to ${DELAY_MS.most} ms and ${BYTES_PER_SECOND.least} to ${BYTES_PER_SECOND.most} bytes/s each way`,
      departures: `${departures.join(', ')}; what did not say goodbye vanishes ${REST_MS} ms later`,
    }
  }

  get size(): number {
    return this.#live.length
  }

  /** Some bridge goes some way, and others come. Does nothing if too few would be left. */
  lose(): Departure | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const target = Math.round(this.#between(WANTED))
    let departure: Departure | undefined
    if (this.#live.length > LEAST_LEFT) {
      const [bridge] = this.#live.splice(this.#pick(this.#live.length), 1)
      departure = (Object.keys(DEPARTURES) as Departure[])[this.#pick(Object.keys(DEPARTURES).length)]
      if (bridge !== undefined && departure !== undefined) {
        this.departures[departure] += 1
        this.#begin(this.#lose(bridge, departure))
      }
    }
    this.#fill(target)
    return departure
  }

  /** Resolves when whoever comes has come, and what is left of those who went is gone. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure
  }

  #fill(target: number): void {
    while (this.#live.length + this.#starting < target) {
      const host = this.#free.shift()
      if (host === undefined) return
      this.#begin(this.#add(host))
    }
  }

  async #add(host: Host): Promise<void> {
    this.#starting += 1
    try {
      this.#live.push({ host, program: await this.#network.startBridge(host) })
    } finally {
      this.#starting -= 1
    }
  }

  async #lose(bridge: Bridge, departure: Departure): Promise<void> {
    await DEPARTURES[departure](bridge)
    if (departure !== 'polite') await sleep(REST_MS, undefined, { signal: this.#signal })
    await bridge.host.kill()
    if (departure === 'cut') await bridge.host.restore()
    this.#free.push(bridge.host)
  }

  #begin(task: Promise<void>): void {
    const settled = task
      .catch((error) => {
        this.#failure ??= error
      })
      .finally(() => this.#underWay.delete(settled))
    this.#underWay.add(settled)
  }

  #between({ least, most }: { readonly least: number; readonly most: number }): number {
    return least + this.#random() * (most - least)
  }

  #pick(count: number): number {
    return Math.floor(this.#random() * count)
  }
}
