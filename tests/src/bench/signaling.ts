import { setTimeout as delay } from 'node:timers/promises'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import type { Flood, FloodTally } from './flood-process.ts'
import { processorSeconds } from './process-figures.ts'
import { Program } from './program.ts'
import { CLUSTER_CONDITION, type ClusterFigures, measureCluster } from './signaling-cluster.ts'
import type { Outcome } from './signaling-load-process.ts'
import { type MemoryFigures, measureMemory } from './signaling-memory.ts'
import { type Crowd, gather, startSignaling } from './signaling-programs.ts'
import { type Figure, medianOf, percentileOf } from './statistics.ts'

const RUNS = 3
const BRIDGES = 2_000
/** Enough that none has more offers fresh than signaling takes of one client. */
const CLIENTS = 6_000
const OFFERS_AT_ONCE = 64
const WARM_UP_MS = 4_000
const THROUGHPUT_MS = 10_000
/** Half of what one process is to do. */
const STEADY = { perSecond: 1_500, ms: 10_000 }
const POST_MS = 5_000
/** Offers of honest clients, idle and beside a flood. */
const HONEST = { perSecond: 500, ms: 4_000 }
const FLOOD = { sockets: 200, messagesPerSecond: 10_000 }
/** The flood starts first and ends last; until then all of it is there. */
const FLOOD_LEAD_MS = 1_000
const FLOOD_ROUNDS = 3
const PAUSE_MS = 1_000

interface SpeedFigures {
  readonly matchesPerS: number
  readonly cpuMsPerMatch: number
  /** Of one core. Close to 100: the load, not the server, is what is measured. */
  readonly loadPct: number
  readonly postsPerS: number
  readonly p50: number
  readonly p99: number
}

interface FloodFigures {
  readonly idleP99: number
  readonly floodP99: number
  readonly messagesPerS: number
  readonly connectionsPerS: number
}

/** How many people one signaling process introduces, how fast, at what cost, and in whose way a flood gets. */
export const signaling: Benchmark = {
  name: 'signaling',
  async run(context) {
    const runs = context.runs ?? RUNS
    const results: (SpeedFigures & FloodFigures & ClusterFigures & MemoryFigures)[] = []
    for (let run = 0; run < runs; run += 1) {
      const crowd = await gather(await startSignaling(context), context)
      await crowd.addBridges(BRIDGES)
      await crowd.addClients(CLIENTS)
      const speed = await measureSpeed(crowd)
      const flood = await measureFlood(crowd, context)
      await crowd.stop()
      const [rate, p99, idle, flooded] = [speed.matchesPerS, speed.p99, flood.idleP99, flood.floodP99]
      context.say(
        `run ${run + 1} of ${runs}: ${rate.toFixed()} matches/s, p99 ${p99.toFixed(1)} ms; p99 ${idle.toFixed(1)} ms idle, ${flooded.toFixed(1)} ms flooded`,
      )
      const cluster = await measureCluster(context)
      results.push({ ...speed, ...flood, ...cluster, ...(await measureMemory(context)) })
    }
    const figure = (key: keyof (typeof results)[number]): Figure => medianOf(results.map((each) => each[key]))
    return {
      runs,
      conditions: {
        server:
          'the built footbridge-signaling command, one process; load from another one on the same machine',
        match:
          'offer of 1 kB with four candidates in, answer of 1 kB out; the bridge tells its load twice for each match',
        peers: `${BRIDGES} bridges with 8 places and ${CLIENTS} clients on WebSockets, each from an address of its own; no proof of work is asked for`,
        throughput: `${OFFERS_AT_ONCE} offers under way at any time, for ${THROUGHPUT_MS / 1_000} s`,
        latency: `${STEADY.perSecond} offers/s for ${STEADY.ms / 1_000} s, timed from when each was due`,
        cpu: 'user and system, of the server, at full throughput',
        posts: 'the same over POST /v1/offers on kept-alive connections',
        memory:
          'resident, the most of three times that `bridges` come and go; raw: as many sockets on a bare server with the same library',
        left: 'resident beyond that before they first came, 13 s after they went the first and the last time, 200 matches/s going on',
        flood: `${FLOOD.messagesPerSecond} bad messages/s of nine kinds on ${FLOOD.sockets} sockets from as many addresses that come back when cut off; ${HONEST.perSecond} honest offers/s, ${FLOOD_ROUNDS} times ${HONEST.ms / 1_000} s with and without, alternating`,
        cluster: CLUSTER_CONDITION,
        ratios: 'median of the ratios of each run',
      },
      figures: {
        matches_per_s: figure('matchesPerS'),
        posts_per_s: figure('postsPerS'),
        p50_ms: figure('p50'),
        p99_ms: figure('p99'),
        cpu_ms_per_match: figure('cpuMsPerMatch'),
        load_cpu_pct: figure('loadPct'),
        kb_per_waiting_bridge: figure('kbPerBridge'),
        raw_kb_per_connection: figure('rawKbPerConnection'),
        bridges: figure('bridges'),
        left_first_mib: figure('afterFirstMib'),
        left_last_mib: figure('afterLastMib'),
        full_growth_mib: figure('peakGrowthMib'),
        cluster_cpu_ratio: figure('spreadRatio'),
        cluster_forwarded_cpu_ratio: figure('forwardedRatio'),
        cluster_redis_ms_per_match: figure('spreadRedisMs'),
        cluster_forwarded_redis_ms_per_match: figure('forwardedRedisMs'),
        flood_p99_ratio: medianOf(results.map(({ floodP99, idleP99 }) => floodP99 / idleP99)),
        idle_p99_ms: figure('idleP99'),
        flood_p99_ms: figure('floodP99'),
        flood_messages_per_s: figure('messagesPerS'),
        flood_connections_per_s: figure('connectionsPerS'),
      },
    }
  },
}

async function measureSpeed(crowd: Crowd): Promise<SpeedFigures> {
  const socket = { way: 'socket', atOnce: OFFERS_AT_ONCE } as const
  await crowd.closedLoop({ ...socket, ms: WARM_UP_MS })
  const before = [crowd.server, crowd.load].map(({ pid }) => processorSeconds(pid))
  const most = await crowd.closedLoop({ ...socket, ms: THROUGHPUT_MS })
  const [serverS = 0, loadS = 0] = [crowd.server, crowd.load].map(
    ({ pid }, index) => processorSeconds(pid) - (before[index] ?? 0),
  )
  const steady = latencies(await crowd.openLoop(STEADY))
  const posts = await crowd.closedLoop({ way: 'post', atOnce: OFFERS_AT_ONCE, ms: POST_MS })
  return {
    matchesPerS: perSecond(most),
    cpuMsPerMatch: (1_000 * serverS) / most.matched,
    loadPct: (100 * loadS) / (most.ms / 1_000),
    postsPerS: perSecond(posts),
    p50: percentileOf(steady, 50).value,
    p99: percentileOf(steady, 99).value,
  }
}

async function measureFlood(crowd: Crowd, context: BenchmarkContext): Promise<FloodFigures> {
  const url = new URL('flood-process.ts', import.meta.url)
  const flooding = await Program.start(url, [crowd.server.url], context)
  const idle: number[] = []
  const flooded: number[] = []
  const tallies: FloodTally[] = []
  const ms = HONEST.ms + 2 * FLOOD_LEAD_MS
  for (let round = 0; round < FLOOD_ROUNDS; round += 1) {
    idle.push(...latencies(await crowd.openLoop(HONEST)))
    const flood = flooding.call<FloodTally>('flood', { ...FLOOD, ms } satisfies Flood)
    await delay(FLOOD_LEAD_MS)
    flooded.push(...latencies(await crowd.openLoop(HONEST)))
    tallies.push(await flood)
    await delay(PAUSE_MS)
  }
  await flooding.stop()
  const rate = (count: (tally: FloodTally) => number): number =>
    medianOf(tallies.map((tally) => (1_000 * count(tally)) / ms)).value
  return {
    idleP99: percentileOf(idle, 99).value,
    floodP99: percentileOf(flooded, 99).value,
    messagesPerS: rate(({ sent }) => sent),
    connectionsPerS: rate(({ connections }) => connections),
  }
}

function perSecond({ matched, ms }: Outcome): number {
  return (1_000 * matched) / ms
}

/** Throws unless every offer was answered: the latency of the others says nothing. */
function latencies({ refused, latencies }: Outcome): readonly number[] {
  if (refused > 0) throw new Error(`${refused} of ${latencies.length} offers came to nothing`)
  return latencies
}
