import type { Benchmark } from './benchmark.ts'
import { BoxedNetwork } from './boxed-network.ts'
import { medianOf } from './statistics.ts'

const RUNS = 5
const MBIT_BYTES = 125_000
const LINK = { bytesPerSecond: 10 * MBIT_BYTES, delayMs: 10 }
const SPAN = { warmUpMs: 4_000, ms: 8_000 }
const COUNTS = [1, 2, 3] as const

/** How much one stream carries over one, two and three bridges, of which each is limited to 10 Mbit/s. */
export const aggregate: Benchmark = {
  name: 'aggregate',
  async run(context) {
    const runs = context.runs ?? RUNS
    const network = await BoxedNetwork.start(context)
    for (const _ of COUNTS) await network.addBridge(LINK)
    const rates: Record<number, number[]> = { 1: [], 2: [], 3: [] }
    for (let run = 0; run < runs; run += 1) {
      for (const count of COUNTS) {
        const client = await network.addClient(await network.addHost('client'), count)
        await client.call('attached', count)
        const rate = (await client.call<number>('rate', SPAN)) / MBIT_BYTES
        rates[count]?.push(rate)
        context.say(`run ${run + 1} of ${runs}, ${count} bridges: ${rate.toFixed(2)} Mbit/s`)
        await client.stop()
      }
    }
    const [one = [], two = [], three = []] = COUNTS.map((count) => rates[count] ?? [])
    const versusOne = (rates: readonly number[]): readonly number[] =>
      rates.map((rate, run) => rate / (one[run] ?? Number.NaN))
    return {
      runs,
      conditions: {
        bridges: 'headless, each on a host whose link carries 10 Mbit/s each way, 10 ms to the internet',
        transfer: `one stream, for ${SPAN.ms} ms after ${SPAN.warmUpMs} ms`,
        ratios: 'median of the ratios of each run',
      },
      figures: {
        one_mbit_s: medianOf(one),
        two_mbit_s: medianOf(two),
        three_mbit_s: medianOf(three),
        two_vs_one: medianOf(versusOne(two)),
        three_vs_one: medianOf(versusOne(three)),
      },
    }
  },
}
