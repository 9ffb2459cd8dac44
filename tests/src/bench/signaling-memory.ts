import { setTimeout as delay } from 'node:timers/promises'
import type { BenchmarkContext } from './benchmark.ts'
import { residentBytes } from './process-figures.ts'
import type { Program } from './program.ts'
import { type Crowd, gather, maxOpenFiles, startRawSockets, startSignaling } from './signaling-programs.ts'

const BRIDGES = 20_000
/** Times that they all come and go. */
const WAVES = 3
/** What a process needs beside its sockets. */
const SPARE_FILES = 100
/** They come and go before anything is measured: compilers and the heap get to their usual size. */
const WARM_UP_BRIDGES = 500
/** Bridges and clients that are always there, and what happens between them: no server is ever quite idle. */
const REGULARS = { bridges: 50, clients: 400 }
const TRICKLE_PER_S = 200
const FULL_MS = 4_000
/** The server looks every 5 s whether a crowd has left. */
const EMPTY_MS = 10_000
/** The size at rest is the mean over this time, once as long has passed. */
const REST_MS = 1_500
const SAMPLE_INTERVAL_MS = 100

const KB = 1_000
const MIB = 1_048_576

export interface MemoryFigures {
  readonly bridges: number
  readonly kbPerBridge: number
  readonly rawKbPerConnection: number
  /** Beyond the size before the first wave, after the first and after the last had gone. */
  readonly afterFirstMib: number
  readonly afterLastMib: number
  /** From the first full house to the last. */
  readonly peakGrowthMib: number
}

/** What a bridge takes that waits, and what is left when it has gone. */
export async function measureMemory(context: BenchmarkContext): Promise<MemoryFigures> {
  const bridges = Math.min(
    BRIDGES,
    (await maxOpenFiles()) - SPARE_FILES - REGULARS.bridges - REGULARS.clients,
  )
  const raw = await measureRaw(bridges, context)
  const crowd = await gather(await startSignaling(context), context)
  await crowd.addBridges(WARM_UP_BRIDGES)
  await crowd.addClients(REGULARS.clients)
  await crowd.keepBridges(REGULARS.bridges)
  const before = await sizeInUse(crowd, FULL_MS, context)
  const waves: { full: number; after: number }[] = []
  while (waves.length < WAVES) {
    await crowd.addBridges(bridges)
    const full = await sizeInUse(crowd, FULL_MS, context)
    await crowd.keepBridges(REGULARS.bridges)
    waves.push({ full, after: await sizeInUse(crowd, EMPTY_MS, context) })
    const { after } = waves.at(-1) ?? { after: 0 }
    const [each, left] = [(full - before) / bridges / KB, (after - before) / MIB]
    context.say(`${bridges} bridges take ${each.toFixed(2)} kB each, and leave ${left.toFixed(1)} MiB`)
  }
  await crowd.stop()
  const [first, last] = [waves[0], waves.at(-1)]
  if (!first || !last) throw new Error('nobody came')
  return {
    bridges,
    // The worst of all waves.
    kbPerBridge: Math.max(...waves.map(({ full }) => (full - before) / bridges / KB)),
    rawKbPerConnection: raw,
    afterFirstMib: (first.after - before) / MIB,
    afterLastMib: (last.after - before) / MIB,
    peakGrowthMib: (last.full - first.full) / MIB,
  }
}

async function measureRaw(bridges: number, context: BenchmarkContext): Promise<number> {
  const crowd = await gather(await startRawSockets(context), context)
  await crowd.addBridges(WARM_UP_BRIDGES)
  await crowd.keepBridges(0)
  const before = await sizeAtRest(crowd.server, context)
  await crowd.addBridges(bridges)
  const size = await sizeAtRest(crowd.server, context)
  await crowd.stop()
  return (size - before) / bridges / KB
}

/** The size after a while of few matches, in which garbage is collected as it is wherever something goes on. */
async function sizeInUse(
  { openLoop, server }: Crowd,
  ms: number,
  context: BenchmarkContext,
): Promise<number> {
  await openLoop({ perSecond: TRICKLE_PER_S, ms })
  return sizeAtRest(server, context)
}

async function sizeAtRest({ pid }: Program, { signal }: BenchmarkContext): Promise<number> {
  await delay(REST_MS, undefined, { signal })
  const sizes: number[] = []
  while (sizes.length < REST_MS / SAMPLE_INTERVAL_MS) {
    sizes.push(residentBytes(pid))
    await delay(SAMPLE_INTERVAL_MS, undefined, { signal })
  }
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length
}
