import { startRedisServer } from '../redis-server.ts'
import type { BenchmarkContext } from './benchmark.ts'
import { processorSeconds } from './process-figures.ts'
import { type Crowd, gather, signalingFolder, startSignaling } from './signaling-programs.ts'

const BRIDGES = 1_000
const CLIENTS = 3_000
/** So few that no process waits for another's turn on a core. */
const OFFERS_PER_SECOND = 800
/** Compilers get warm, with half the offers each in two processes; instances learn of each other's bridges. */
const WARM_UP_MS = 8_000
const MEASURED_MS = 8_000

export const CLUSTER_CONDITION: string = `two processes and a Redis, which counts, against one process; ${BRIDGES} bridges and ${CLIENTS} clients, ${OFFERS_PER_SECOND} offers/s for ${MEASURED_MS / 1_000} s; half of each on either side; forwarded: all bridges at one, all clients at the other`

export interface ClusterFigures {
  /** Processor time per match, Redis' included, as against one process. */
  readonly spreadRatio: number
  readonly forwardedRatio: number
  /** Of it, Redis'. */
  readonly spreadRedisMs: number
  readonly forwardedRedisMs: number
}

/** Share of bridges and clients that come to each of the processes. */
type Spread = readonly { readonly bridges: number; readonly clients: number }[]

const ONE: Spread = [{ bridges: 1, clients: 1 }]
const EVEN: Spread = [
  { bridges: 0.5, clients: 0.5 },
  { bridges: 0.5, clients: 0.5 },
]
const APART: Spread = [
  { bridges: 1, clients: 0 },
  { bridges: 0, clients: 1 },
]

/** What a match costs where several processes serve one network. */
export async function measureCluster(context: BenchmarkContext): Promise<ClusterFigures> {
  const one = await measure(ONE, context)
  const even = await measure(EVEN, context)
  const apart = await measure(APART, context)
  const total = ({ serversMs, redisMs }: Cost): number => serversMs + redisMs
  context.say(
    `a match takes ${total(one).toFixed(3)} ms in one process, ${total(even).toFixed(3)} ms in two, ${total(apart).toFixed(3)} ms if forwarded`,
  )
  return {
    spreadRatio: total(even) / total(one),
    forwardedRatio: total(apart) / total(one),
    spreadRedisMs: even.redisMs,
    forwardedRedisMs: apart.redisMs,
  }
}

interface Cost {
  readonly serversMs: number
  readonly redisMs: number
}

async function measure(spread: Spread, context: BenchmarkContext): Promise<Cost> {
  const redis = spread.length > 1 ? await startRedisServer() : undefined
  if (redis) context.atEnd(() => redis.close())
  const folder = await signalingFolder(context)
  const crowds: { crowd: Crowd; clients: number }[] = []
  for (const { bridges, clients } of spread) {
    const server = await startSignaling(context, { folder, ...(redis && { redis: redis.url }) })
    const crowd = await gather(server, context)
    if (bridges > 0) await crowd.addBridges(BRIDGES * bridges)
    if (clients > 0) await crowd.addClients(CLIENTS * clients)
    crowds.push({ crowd, clients })
  }
  const offer = async (ms: number): Promise<number> => {
    const outcomes = await Promise.all(
      crowds
        .filter(({ clients }) => clients > 0)
        .map(({ crowd, clients }) => crowd.openLoop({ perSecond: OFFERS_PER_SECOND * clients, ms })),
    )
    return outcomes.reduce((sum, { matched }) => sum + matched, 0)
  }
  await offer(WARM_UP_MS)
  const serversS = (): number =>
    crowds.reduce((sum, { crowd }) => sum + processorSeconds(crowd.server.pid), 0)
  const redisS = (): number => (redis ? processorSeconds(redis.pid) : 0)
  const before = { servers: serversS(), redis: redisS() }
  const matches = await offer(MEASURED_MS)
  const due = (OFFERS_PER_SECOND * MEASURED_MS) / 1_000
  // A match that did not come about is cheap.
  if (matches < 0.99 * due) throw new Error(`of ${due} offers only ${matches} were answered`)
  const cost = {
    serversMs: (1_000 * (serversS() - before.servers)) / matches,
    redisMs: (1_000 * (redisS() - before.redis)) / matches,
  }
  for (const { crowd } of crowds) await crowd.stop()
  await redis?.close()
  return cost
}
