import { setTimeout as sleep } from 'node:timers/promises'
import type { Gap } from './arrival-log.ts'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { type NetworkPrograms, startNetwork, startOrigin, startSession } from './network-programs.ts'
import { Program } from './program.ts'
import { type Figure, medianOf, percentileOf } from './statistics.ts'

const RUNS = 30
/** What drips: 1.6 MB/s, so that a gap of more than 10 ms shows. */
const DRIP = { bytes: 16_384, everyMs: 10 }
/** Drips before the bridge goes. */
const LEAD_MS = 600
/** A gap is over once bytes have come again for so long. */
const FLOWING_MS = 400
const POLL_MS = 100
const MOST_GAP_MS = 30_000

/** How a bridge goes, and for how long at least the stream is watched then. */
const DEPARTURES = {
  killed: { leastMs: 1_500, go: async (bridge: Program) => bridge.kill('SIGKILL') },
  // Suspicion comes after a second, death after three: either may be felt.
  frozen: { leastMs: 4_000, go: async (bridge: Program) => bridge.kill('SIGSTOP') },
  polite: { leastMs: 800, go: (bridge: Program) => bridge.call('leave') },
} as const
type Departure = keyof typeof DEPARTURES
const PATHS = [1, 2, 3] as const

/** How long a stream stands still when the bridge that carries most of it goes, with another bridge waiting. */
export const failover: Benchmark = {
  name: 'failover',
  async run(context) {
    const runs = context.runs ?? RUNS
    const network = await startNetwork(context)
    const origin = await startOrigin(context)
    const bridges = await Bridges.start(network, context)
    const gaps: Record<string, number[]> = {}
    let corrupted = 0
    let received = 0
    for (const paths of PATHS) {
      await bridges.keep(paths + 1)
      const client = await startSession(network, origin, { paths }, context)
      for (let run = 0; run < runs; run += 1) {
        for (const departure of Object.keys(DEPARTURES) as Departure[]) {
          await client.call('attached', paths)
          const outcome = await lose(client, bridges, departure, `${paths} ${run} ${departure}`)
          gaps[`${paths}_${departure}`] = [...(gaps[`${paths}_${departure}`] ?? []), outcome.gapS]
          corrupted += outcome.corrupted
          received += outcome.received
          context.say(`${paths} paths, run ${run + 1} of ${runs}, ${departure}: ${outcome.gapS.toFixed(3)} s`)
        }
      }
      await client.stop()
    }
    const p95 = (departure: Departure, ...paths: number[]): Figure =>
      percentileOf(
        paths.flatMap((count) => gaps[`${count}_${departure}`] ?? []),
        95,
      )
    const median = (departure: Departure, ...paths: number[]): Figure =>
      medianOf(paths.flatMap((count) => gaps[`${count}_${departure}`] ?? []))
    return {
      runs,
      conditions: {
        link: 'loopback, every program in a process of its own',
        bridges: 'headless, one more than the client uses',
        stream: `${DRIP.bytes} bytes every ${DRIP.everyMs} ms from the origin; the longest time without a byte is the gap`,
        victim: 'the bridge that carried most just before',
        killed: 'SIGKILL: the kernel closes its TCP connection to the egress, its data channel falls silent',
        frozen: 'SIGSTOP: both connections stay open, and silent',
        polite: 'leaves as on toggle-off',
        two_or_more_paths: 'figures without a number of paths are over the runs with 2 and with 3',
        bytes_checked: received,
      },
      figures: {
        killed_p95_s: p95('killed', 2, 3),
        frozen_p95_s: p95('frozen', 2, 3),
        polite_p95_s: p95('polite', 2, 3),
        one_path_killed_p95_s: p95('killed', 1),
        one_path_frozen_p95_s: p95('frozen', 1),
        one_path_polite_p95_s: p95('polite', 1),
        killed_p50_s: median('killed', 2, 3),
        frozen_p50_s: median('frozen', 2, 3),
        polite_p50_s: median('polite', 2, 3),
        one_path_killed_p50_s: median('killed', 1),
        one_path_frozen_p50_s: median('frozen', 1),
        one_path_polite_p50_s: median('polite', 1),
        corrupted_bytes: { value: corrupted, min: corrupted, max: corrupted },
      },
    }
  },
}

/** The bridges of the network; whoever goes is replaced. */
class Bridges {
  readonly #network: NetworkPrograms
  readonly #context: BenchmarkContext
  readonly #bridges: Set<Program> = new Set()

  private constructor(network: NetworkPrograms, context: BenchmarkContext) {
    this.#network = network
    this.#context = context
  }

  static async start(network: NetworkPrograms, context: BenchmarkContext): Promise<Bridges> {
    const bridges = new Bridges(network, context)
    await bridges.keep(1)
    return bridges
  }

  async keep(count: number): Promise<void> {
    const url = new URL('bridge-process.ts', import.meta.url)
    while (this.#bridges.size < count) {
      this.#bridges.add(await Program.start(url, [this.#network.descriptor], this.#context))
    }
  }

  /** The one that carries most within `ms` from now. */
  async busiest(ms: number): Promise<Program> {
    const before = await this.#carried()
    await sleep(ms)
    const after = await this.#carried()
    const [busiest] = [...after].sort(
      ([a, now], [b, then]) => then - (before.get(b) ?? 0) - (now - (before.get(a) ?? 0)),
    )
    if (busiest === undefined) throw new Error('there is no bridge')
    return busiest[0]
  }

  /** Ends one for good and starts another in its place. */
  async replace(bridge: Program): Promise<void> {
    this.#bridges.delete(bridge)
    bridge.kill('SIGKILL')
    await this.keep(this.#bridges.size + 1)
  }

  async #carried(): Promise<Map<Program, number>> {
    const carried = new Map<Program, number>()
    for (const bridge of this.#bridges) {
      carried.set(bridge, await bridge.call<number>('bytesDown'))
    }
    return carried
  }
}

async function lose(
  client: Program,
  bridges: Bridges,
  departure: Departure,
  seed: string,
): Promise<{ gapS: number; corrupted: number; received: number }> {
  await client.call('drip', { seed: seed.replaceAll(' ', '-'), ...DRIP })
  const victim = await bridges.busiest(LEAD_MS)
  const since = await client.call<number>('now')
  const { go, leastMs } = DEPARTURES[departure]
  await go(victim)
  const gapS = (await watch(client, since, leastMs)) / 1_000
  const { corrupted, received } = await client.call<{ corrupted: number; received: number }>('stopDrip')
  await bridges.replace(victim)
  return { gapS, corrupted, received }
}

/** The longest gap after `since`, in milliseconds, once bytes flow again. */
async function watch(client: Program, since: number, leastMs: number): Promise<number> {
  const startedAt = Date.now()
  let flowingSince = startedAt
  for (;;) {
    await sleep(POLL_MS)
    const { longestMs, openMs } = await client.call<Gap>('gap', since)
    if (openMs > POLL_MS) flowingSince = Date.now()
    const flows = Date.now() - flowingSince >= FLOWING_MS
    if (flows && Date.now() - startedAt >= leastMs) return longestMs
    if (longestMs > MOST_GAP_MS) throw new Error('the stream does not go on')
  }
}
