import { setTimeout as delay } from 'node:timers/promises'
import { RESUME_TIMEOUT_MS } from '@footbridge/shared'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { startNetwork } from './network-programs.ts'
import { residentBytes } from './process-figures.ts'
import { Program } from './program.ts'
import { medianOf } from './statistics.ts'

const RUNS = 3
/** As many as an egress takes by default. */
const SESSIONS = 1_000
const STREAMS_PER_SESSION = 2
/** Downloads before anything is measured: compilers and the heap get to their usual size. */
const WARM_UP_SESSIONS = 200
const SAMPLE_INTERVAL_MS = 100
/** The size at rest is the mean over this time, once as long has passed. */
const REST_MS = 2_000
/** After the resume time, for timers to fire and garbage to go. */
const GRACE_MS = 5_000
/** Far more than any step takes. */
const STEP_TIMEOUT_MS = 180_000

const MIB = 1_048_576

/** How much memory of the egress is taken by sessions whose clients are gone, and by those that do nothing. */
export const memory: Benchmark = {
  name: 'memory',
  async run(context) {
    const runs = context.runs ?? RUNS
    const results: (Abandoned & Idle)[] = []
    for (let run = 0; run < runs; run += 1) {
      const abandoned = await measureAbandoned(context)
      const idle = await measureIdle(context)
      results.push({ ...abandoned, ...idle })
      const [peak, after] = [abandoned.growth.toFixed(1), abandoned.after.toFixed(1)]
      context.say(`run ${run + 1} of ${runs}: ${peak} MiB at most, ${after} MiB after the resume time`)
    }
    return {
      runs,
      conditions: {
        link: 'loopback; WebSockets with tickets straight to the egress command, without bridges',
        sessions: `${SESSIONS}, half with an endless download that is not read, half lost in the middle of one`,
        warm_up: `${WARM_UP_SESSIONS} downloads of 1 MiB each to clients that take their leave, on a fresh egress`,
        growth: 'resident memory beyond that after the warm-up, at its peak from the first session on',
        after: `the same ${(RESUME_TIMEOUT_MS + GRACE_MS) / 1_000} s after the last client was lost`,
        idle: `${SESSIONS} sessions with one path each, then ${STREAMS_PER_SESSION} open streams on each`,
      },
      figures: {
        growth_mib: medianOf(results.map(({ growth }) => growth)),
        after_mib: medianOf(results.map(({ after }) => after)),
        warm_up_mib: medianOf(results.map(({ warmUp }) => warmUp)),
        kb_per_session: medianOf(results.map(({ perSession }) => perSession)),
        kb_per_stream: medianOf(results.map(({ perStream }) => perStream)),
      },
    }
  },
}

/** In MiB. */
interface Abandoned {
  readonly warmUp: number
  readonly growth: number
  readonly after: number
}

/** In kB. */
interface Idle {
  readonly perSession: number
  readonly perStream: number
}

async function measureAbandoned(context: BenchmarkContext): Promise<Abandoned> {
  const { egress, load, warmUp, before, stop } = await startWarm(context)
  let peak = before
  const sampling = setInterval(() => {
    peak = Math.max(peak, residentBytes(egress.pid))
  }, SAMPLE_INTERVAL_MS)
  try {
    await load('abandon', SESSIONS)
    await delay(RESUME_TIMEOUT_MS + GRACE_MS, undefined, context)
  } finally {
    clearInterval(sampling)
  }
  const after = await sizeAtRest(egress, context)
  await stop()
  return { warmUp: warmUp / MIB, growth: (peak - before) / MIB, after: (after - before) / MIB }
}

async function measureIdle(context: BenchmarkContext): Promise<Idle> {
  const { egress, load, before, stop } = await startWarm(context)
  await load('stay', SESSIONS)
  const withSessions = await sizeAtRest(egress, context)
  await load('openStreams', STREAMS_PER_SESSION)
  const withStreams = await sizeAtRest(egress, context)
  await stop()
  return {
    perSession: (withSessions - before) / SESSIONS / 1_000,
    perStream: (withStreams - withSessions) / SESSIONS / STREAMS_PER_SESSION / 1_000,
  }
}

/** A fresh egress that has done some work, what it grew by that, and the process that gives it work. */
async function startWarm(context: BenchmarkContext): Promise<{
  egress: Program
  load: (method: string, argument: number) => Promise<unknown>
  warmUp: number
  before: number
  stop: () => Promise<unknown>
}> {
  const { signaling, egress, ticketKey } = await startNetwork(context)
  const url = new URL('load-process.ts', import.meta.url)
  const program = await Program.start(url, [egress.url, ticketKey], context)
  const load = (method: string, argument: number) => program.call(method, argument, STEP_TIMEOUT_MS)
  const fresh = await sizeAtRest(egress, context)
  await load('warmUp', WARM_UP_SESSIONS)
  const before = await sizeAtRest(egress, context)
  return {
    egress,
    load,
    warmUp: before - fresh,
    before,
    stop: () => Promise.all([program, egress, signaling].map((each) => each.stop())),
  }
}

async function sizeAtRest(program: Program, { signal }: BenchmarkContext): Promise<number> {
  await delay(REST_MS, undefined, { signal })
  const sizes: number[] = []
  while (sizes.length < REST_MS / SAMPLE_INTERVAL_MS) {
    sizes.push(residentBytes(program.pid))
    await delay(SAMPLE_INTERVAL_MS, undefined, { signal })
  }
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length
}
