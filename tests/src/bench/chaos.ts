import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../keystream.ts'
import type { Benchmark } from './benchmark.ts'
import { BoxedNetwork } from './boxed-network.ts'
import { BridgeFleet } from './bridge-fleet.ts'
import { residentBytes } from './process-figures.ts'
import { medianOf } from './statistics.ts'
import type { LoadReport } from './transfer-load.ts'

const SEED = 'chaos'
/** Of one run. */
const SECONDS = 600
const TRANSFERS = 20
const PATHS = 3
const CLIENT_LINK = { delayMs: 10, bytesPerSecond: 5_000_000 }
/** From one departure to the next. */
const INTERVAL_MS = { least: 1_000, most: 5_000 }
const TICK_MS = 250
/** Growth is from the second minute, the first being for getting warm, to the last. Shorter runs have shorter minutes. */
const MOST_MINUTE_S = 60
const MINUTES = 10
/** In which the last transfers come to their end. */
const END_TIMEOUT_MS = 300_000
const MIB = 1_048_576

/** What becomes of many transfers, and of the programs that carry them, while bridges come and go all the time. */
export const chaos: Benchmark = {
  name: 'chaos',
  async run(context) {
    const runs = context.runs ?? 1
    // Less than ten minutes is for trying it out.
    const seconds = runs * Number(process.env.FOOTBRIDGE_CHAOS_SECONDS ?? SECONDS)
    const random = seededRandom(SEED)
    const network = await BoxedNetwork.start(context)
    const fleet = await BridgeFleet.start(network, random, context)
    const client = await network.addClient(await network.addHost('client', CLIENT_LINK), PATHS)
    await client.call('attached', PATHS)
    await client.call('beginLoad', { count: TRANSFERS, seed: SEED })
    const { egress, signaling } = network.servers
    const memory = [client, egress, signaling].map(({ pid }) => new MemoryLog(pid))

    const startedAt = performance.now()
    let nextAt = 0
    for (let ms = 0; ms < seconds * 1_000; ms = performance.now() - startedAt) {
      await sleep(TICK_MS, undefined, context)
      for (const log of memory) log.add()
      if (ms < nextAt) continue
      nextAt = ms + INTERVAL_MS.least + random() * (INTERVAL_MS.most - INTERVAL_MS.least)
      const departure = fleet.lose()
      if (departure === undefined) continue
      const { completed, failed, corrupted } = await client.call<LoadReport>('loadSoFar')
      const outcome = `${completed} transfers completed, ${failed} failed, ${corrupted} corrupted`
      context.say(`${(ms / 1_000).toFixed(1)} s: one ${departure}, ${fleet.size} left; ${outcome}`)
    }
    const carried = await client.call<LoadReport>('loadSoFar')
    const [report] = await Promise.all([
      client.call<LoadReport>('endLoad', undefined, END_TIMEOUT_MS),
      fleet.settle(),
    ])
    for (const event of report.events) context.say(event)

    const minuteS = Math.min(MOST_MINUTE_S, seconds / MINUTES)
    const growths = memory.map((log) => log.growthMiB((minuteS * 1_000) / TICK_MS))
    const [clientGrowth = 0, egressGrowth = 0, signalingGrowth = 0] = growths
    const departures = Object.values(fleet.departures).reduce((sum, count) => sum + count)
    return {
      runs,
      conditions: {
        seconds,
        client: `${PATHS} bridges; behind a link of ${CLIENT_LINK.delayMs} ms and ${CLIENT_LINK.bytesPerSecond} bytes/s each way`,
        ...fleet.conditions,
        interval: `${INTERVAL_MS.least} to ${INTERVAL_MS.most} ms from one departure to the next`,
        transfers: `${TRANSFERS} at a time, half of them downloads, of 100 kB to 20 MB; every byte compared where it arrives`,
        limits:
          'signaling shows one subnet any number of bridges: those of an hour, 60, would be used up in four minutes; and takes any number of offers',
        gap: 'longest time without a byte of any download',
        growth: `of the median of resident memory, from the second ${minuteS} s of the run to the last`,
      },
      figures: {
        transfers: medianOf([report.started]),
        failed: medianOf([report.failed]),
        corrupted: medianOf([report.corrupted]),
        kills: medianOf([departures]),
        max_gap_s: medianOf([Math.max(carried.gapMs, report.gapMs) / 1_000]),
        max_one_download_gap_s: medianOf([report.oneGapMs / 1_000]),
        carried_mb_s: medianOf([carried.bytes / 1e6 / seconds]),
        growth_mib: medianOf([Math.max(...growths)]),
        client_growth_mib: medianOf([clientGrowth]),
        egress_growth_mib: medianOf([egressGrowth]),
        signaling_growth_mib: medianOf([signalingGrowth]),
      },
    }
  },
}

/** Resident memory of a process over time. */
class MemoryLog {
  readonly #pid: number
  readonly #bytes: number[] = []

  constructor(pid: number) {
    this.#pid = pid
  }

  /** Throws if the process has ended. */
  add(): void {
    this.#bytes.push(residentBytes(this.#pid))
  }

  /** From the second so many samples to the last. Medians, so that garbage that waits to be collected does not count. */
  growthMiB(samples: number): number {
    const before = this.#bytes.slice(samples, 2 * samples)
    return (medianOf(this.#bytes.slice(-samples)).value - medianOf(before).value) / MIB
  }
}
