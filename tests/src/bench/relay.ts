import type { Benchmark } from './benchmark.ts'
import { carry, DIRECTIONS, startOurs, startRaw } from './line.ts'
import { medianOf } from './statistics.ts'

const RUNS = 5
/** Takes some 5 to 10 s in each direction. */
const TRANSFER_BYTES = 100_663_296
/** Not measured: compilers and windows get warm. */
const WARM_UP_BYTES = 8_388_608

const SIDES = ['ours', 'raw'] as const

/** Rates measured one right after the other, in 10^6 bytes a second. */
type Comparison = Record<(typeof SIDES)[number], number>

/** How much one stream carries through one volunteer's browser, beside what the same carriers do without a session. */
export const relay: Benchmark = {
  name: 'relay',
  async run(context) {
    const runs = context.runs ?? RUNS
    const ours = await startOurs(context)
    const lines = { ours, raw: await startRaw(ours.browser, context) }
    for (const side of SIDES) {
      for (const direction of DIRECTIONS) await carry(lines[side], direction, WARM_UP_BYTES)
    }
    const results = { down: [] as Comparison[], up: [] as Comparison[] }
    for (let run = 0; run < runs; run += 1) {
      // Neither side is always the first.
      const order = run % 2 === 0 ? SIDES : SIDES.toReversed()
      for (const direction of DIRECTIONS) {
        const rates: Comparison = { ours: 0, raw: 0 }
        for (const side of order) {
          rates[side] = await carry(lines[side], direction, TRANSFER_BYTES)
        }
        results[direction].push(rates)
        const [here, there] = [rates.ours.toFixed(1), rates.raw.toFixed(1)]
        context.say(`run ${run + 1} of ${runs}, ${direction}: ${here} MB/s, raw ${there} MB/s`)
      }
    }
    const { down, up } = results
    return {
      runs,
      conditions: {
        link: 'loopback, all programs on one machine',
        bridge: 'volunteer page in one headless Chromium',
        transfer: `one stream of ${TRANSFER_BYTES} bytes, timed at its receiver from first to last byte`,
        raw: 'messages of 64 KiB, 1 MiB of end-to-end credit returned every 128 KiB, no encryption, no session',
        ratios: 'median of the ratios of each run',
      },
      figures: {
        down_mb_s: medianOf(down.map(({ ours }) => ours)),
        up_mb_s: medianOf(up.map(({ ours }) => ours)),
        raw_down_mb_s: medianOf(down.map(({ raw }) => raw)),
        raw_up_mb_s: medianOf(up.map(({ raw }) => raw)),
        down_vs_raw: medianOf(down.map(({ ours, raw }) => ours / raw)),
        up_vs_raw: medianOf(up.map(({ ours, raw }) => ours / raw)),
      },
    }
  },
}
