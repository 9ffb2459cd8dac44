import { launchChromium } from '../chromium.ts'
import type { Benchmark } from './benchmark.ts'
import { carry, type Line, startOurs, startRaw } from './line.ts'
import { processorSeconds, processorSecondsOfTree } from './process-figures.ts'
import { type Figure, medianOf } from './statistics.ts'

const RUNS = 5
const TRANSFER_BYTES = 201_326_592
/** Not measured: compilers and windows get warm. */
const WARM_UP_BYTES = 33_554_432
const GB_BYTES = 1e9

const SIDES = ['ours', 'raw'] as const
const PROGRAMS = ['client', 'bridge', 'egress'] as const

/** Processor time by program, in seconds. */
type Costs = Record<(typeof PROGRAMS)[number], number>

/** Processor time that each program spends on a gigabyte of a download, beside what the bare carriers take. */
export const cpu: Benchmark = {
  name: 'cpu',
  async run(context) {
    const runs = context.runs ?? RUNS
    // Each with a browser of its own, which does nothing while the other one works.
    const browser = await launchChromium()
    context.atEnd(() => browser.close())
    const lines = { ours: await startOurs(context), raw: await startRaw(browser, context) }
    const meters = { ours: await costMeter(lines.ours), raw: await costMeter(lines.raw) }
    for (const side of SIDES) await carry(lines[side], 'down', WARM_UP_BYTES)
    const results: Record<(typeof SIDES)[number], Costs[]> = { ours: [], raw: [] }
    for (let run = 0; run < runs; run += 1) {
      // Neither side is always the first.
      for (const side of run % 2 === 0 ? SIDES : SIDES.toReversed()) {
        const before = meters[side]()
        await carry(lines[side], 'down', TRANSFER_BYTES)
        const costs = perGigabyte(before, meters[side]())
        results[side].push(costs)
        const each = PROGRAMS.map((program) => `${program} ${costs[program].toFixed(2)}`).join(', ')
        context.say(`run ${run + 1} of ${runs}, ${side}: ${each} s/GB`)
      }
    }
    const cost = (side: (typeof SIDES)[number], program: keyof Costs): Figure =>
      medianOf(results[side].map((costs) => costs[program]))
    const ratio = (program: keyof Costs): Figure =>
      medianOf(results.ours.map((costs, run) => costs[program] / (results.raw[run]?.[program] ?? Number.NaN)))
    return {
      runs,
      conditions: {
        link: 'loopback, all programs on one machine',
        transfer: `one download of ${TRANSFER_BYTES} bytes`,
        time: 'user and system, of the whole process',
        bridge: 'volunteer page in one headless Chromium; all processes of the browser',
        raw: 'messages of 64 KiB, 1 MiB of end-to-end credit returned every 128 KiB, no encryption, no session; egress: the WebSocket server that sends',
        ratios: 'median of the ratios of each run',
      },
      figures: {
        client_s_gb: cost('ours', 'client'),
        bridge_s_gb: cost('ours', 'bridge'),
        egress_s_gb: cost('ours', 'egress'),
        raw_client_s_gb: cost('raw', 'client'),
        raw_bridge_s_gb: cost('raw', 'bridge'),
        raw_egress_s_gb: cost('raw', 'egress'),
        client_vs_raw: ratio('client'),
        bridge_vs_raw: ratio('bridge'),
        egress_vs_raw: ratio('egress'),
      },
    }
  },
}

/** Reads what the programs of `line` have taken so far. */
async function costMeter({ client, browser, server }: Line): Promise<() => Costs> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const root = processInfo.find(({ type }) => type === 'browser')
  if (root === undefined) throw new Error('the browser does not tell its process')
  return () => ({
    client: processorSeconds(client.pid),
    bridge: processorSecondsOfTree(root.id),
    egress: processorSeconds(server.pid),
  })
}

function perGigabyte(before: Costs, after: Costs): Costs {
  const cost = (program: keyof Costs): number =>
    ((after[program] - before[program]) / TRANSFER_BYTES) * GB_BYTES
  return { client: cost('client'), bridge: cost('bridge'), egress: cost('egress') }
}
