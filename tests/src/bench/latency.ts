import { VolunteerTab } from '../chromium-bridge.test.helper.ts'
import type { Benchmark } from './benchmark.ts'
import { BoxedNetwork } from './boxed-network.ts'
import { startRaw } from './line.ts'
import { startNetwork, startOrigin, startSession } from './network-programs.ts'
import { medianOf, percentileOf } from './statistics.ts'

const RUNS = 5
const ECHO = { count: 100, bytes: 64, everyMs: 25 }
const WARM_UP = { ...ECHO, count: 20 }
const LINK = { delayMs: 25, bytesPerSecond: 2_500_000 }
/** The bulk download gets up to speed. */
const BULK_LEAD_MS = 3_000
const LOOPBACK_ECHO = { count: 200, bytes: 64, everyMs: 5 }

/** Round trips of small messages: alone and beside a bulk download at 50 ms, and on loopback beside the bare carriers. */
export const latency: Benchmark = {
  name: 'latency',
  async run(context) {
    const runs = context.runs ?? RUNS
    const { idle, busy } = await farAway(runs, context)
    const { ours, raw } = await onLoopback(runs, context)
    const p95 = (trips: readonly number[]): number => percentileOf(trips, 95).value
    return {
      runs,
      conditions: {
        far: 'client behind a link of 20 Mbit/s, 25 ms each way; one headless bridge',
        echo: `${ECHO.count} messages of ${ECHO.bytes} bytes a run, one every ${ECHO.everyMs} ms, one at a time`,
        busy: 'with one bulk download in the same session, as fast as it goes',
        loopback: `through one Chromium tab; ${LOOPBACK_ECHO.count} messages a run; raw: the same carriers, no session`,
        percentiles: 'median of the runs',
      },
      figures: {
        idle_p50_ms: medianOf(idle.map((trips) => medianOf(trips).value)),
        idle_p95_ms: medianOf(idle.map(p95)),
        busy_p50_ms: medianOf(busy.map((trips) => medianOf(trips).value)),
        busy_p95_ms: medianOf(busy.map(p95)),
        busy_vs_idle_p95: medianOf(busy.map((trips, run) => p95(trips) / p95(idle[run] ?? []))),
        loopback_p50_ms: medianOf(ours.map((trips) => medianOf(trips).value)),
        raw_loopback_p50_ms: medianOf(raw.map((trips) => medianOf(trips).value)),
      },
    }
  },
}

type Context = Parameters<Benchmark['run']>[0]
type Trips = readonly (readonly number[])[]

async function farAway(runs: number, context: Context): Promise<{ idle: Trips; busy: Trips }> {
  const network = await BoxedNetwork.start(context)
  await network.addBridge()
  const client = await network.addClient(await network.addHost('client', LINK), 1)
  await client.call('echo', WARM_UP)
  const idle: number[][] = []
  const busy: number[][] = []
  for (let run = 0; run < runs; run += 1) {
    idle.push(await client.call<number[]>('echo', ECHO))
    await client.call('pour', BULK_LEAD_MS)
    busy.push(await client.call<number[]>('echo', ECHO))
    await client.call('stopPour')
    const [calm, beside] = [idle, busy].map((trips) => percentileOf(trips[run] ?? [], 95).value.toFixed(1))
    context.say(`run ${run + 1} of ${runs}: p95 ${calm} ms idle, ${beside} ms busy`)
  }
  await client.stop()
  return { idle, busy }
}

async function onLoopback(runs: number, context: Context): Promise<{ ours: Trips; raw: Trips }> {
  const network = await startNetwork(context)
  const tab = await VolunteerTab.open(network)
  context.atEnd(() => tab.close())
  const client = await startSession(network, await startOrigin(context), { paths: 1 }, context)
  const line = await startRaw(tab.browser, context)
  const ours: number[][] = []
  const raw: number[][] = []
  for (let run = -1; run < runs; run += 1) {
    await tab.page.bringToFront()
    const trips = await client.call<number[]>('echo', LOOPBACK_ECHO)
    await line.page.bringToFront()
    await line.far.call('echo')
    const rawTrips = await line.client.call<number[]>('ping', LOOPBACK_ECHO)
    // The first one warms up.
    if (run < 0) continue
    ours.push(trips)
    raw.push(rawTrips)
    const [here, there] = [trips, rawTrips].map((each) => medianOf(each).value.toFixed(2))
    context.say(`run ${run + 1} of ${runs}, loopback: ${here} ms, raw ${there} ms`)
  }
  return { ours, raw }
}
