import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { BoxedNetwork } from './boxed-network.ts'
import { Program } from './program.ts'
import { startRawLine } from './raw-line.ts'
import { type Figure, medianOf } from './statistics.ts'

const RUNS = 3
const DELAY_MS = 50
const LOSSES = [0, 0.01, 0.03] as const
/** The first seconds are those in which the client finds out that it needs more paths. */
const SPAN = { warmUpMs: 10_000, ms: 10_000 }
const TIMEOUT_MS = 90_000

/** Who carries. */
const SETUPS = {
  one: { bridges: 1, associations: 1 },
  adaptive: { bridges: 1, associations: 4 },
  three: { bridges: 3, associations: 4 },
} as const
type Setup = keyof typeof SETUPS
type Series = 'tcp' | 'raw' | Setup

/** What one download carries at 100 ms of round trip, by the share of packets that get lost. */
export const loss: Benchmark = {
  name: 'loss',
  async run(context) {
    const runs = context.runs ?? RUNS
    const network = await BoxedNetwork.start(context)
    for (let bridge = 0; bridge < 3; bridge += 1) await network.addBridge()
    const rates = new Map<string, number[]>()
    for (let run = 0; run < runs; run += 1) {
      for (const share of LOSSES) {
        for (const series of ['tcp', 'raw', ...Object.keys(SETUPS)] as Series[]) {
          const rate = (await measure(network, series, share, context)) / 1e6
          const name = keyOf(series, share)
          rates.set(name, [...(rates.get(name) ?? []), rate])
          context.say(`run ${run + 1} of ${runs}, ${name}: ${rate.toFixed(3)} MB/s`)
        }
      }
    }
    const series = (name: Series, share: number): number[] => rates.get(keyOf(name, share)) ?? []
    const ratio = (name: Series, to: Series, share: number): Figure =>
      medianOf(series(name, share).map((rate, run) => rate / (series(to, share)[run] ?? Number.NaN)))
    const figures: Record<string, Figure> = {}
    for (const share of LOSSES) {
      const suffix = `${share * 100}pct`
      figures[`one_assoc_${suffix}_mb_s`] = medianOf(series('one', share))
      figures[`adaptive_${suffix}_mb_s`] = medianOf(series('adaptive', share))
      figures[`three_bridges_${suffix}_mb_s`] = medianOf(series('three', share))
      figures[`raw_${suffix}_mb_s`] = medianOf(series('raw', share))
      figures[`tcp_${suffix}_mb_s`] = medianOf(series('tcp', share))
      figures[`one_assoc_vs_raw_${suffix}`] = ratio('one', 'raw', share)
      figures[`adaptive_vs_one_${suffix}`] = ratio('adaptive', 'one', share)
      figures[`three_bridges_vs_one_${suffix}`] = ratio('three', 'one', share)
    }
    return {
      runs,
      conditions: {
        link: `the client's: ${DELAY_MS} ms each way, packets lost at random each way, no limit of rate`,
        bridges: 'headless, on plain cables',
        transfer: `one download, for ${SPAN.ms} ms after ${SPAN.warmUpMs} ms`,
        one_assoc: 'one bridge, one association',
        adaptive: 'one bridge, as many associations as the client thinks fit',
        three_bridges: 'three bridges, likewise',
        raw: 'one data channel between the same two WebRTC stacks, 64 KiB messages, 4 MiB of credit',
        tcp: 'a plain TCP connection from client to origin, as the kernel does it',
        ratios: 'median of the ratios of each run',
      },
      figures,
    }
  },
}

function keyOf(series: Series, share: number): string {
  return `${series} at ${share * 100} %`
}

async function measure(
  network: BoxedNetwork,
  series: Series,
  share: number,
  context: BenchmarkContext,
): Promise<number> {
  const host = await network.addHost('client', { delayMs: DELAY_MS, loss: share })
  if (series === 'tcp') {
    const url = new URL('tcp-process.ts', import.meta.url)
    const client = await Program.start(url, [network.origin.url], context, host)
    const rate = await client.call<number>('rate', SPAN, TIMEOUT_MS)
    await client.stop()
    return rate
  }
  if (series === 'raw') {
    const line = await startRawLine(host, await network.addHost('raw'), context)
    const rate = await line.rate(SPAN, TIMEOUT_MS)
    await line.stop()
    return rate
  }
  const { bridges, associations } = SETUPS[series]
  const client = await network.addClient(host, bridges, associations)
  await client.call('attached', bridges)
  const rate = await client.call<number>('rate', SPAN, TIMEOUT_MS)
  await client.stop()
  return rate
}
