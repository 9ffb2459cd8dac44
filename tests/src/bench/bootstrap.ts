import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import type { Host } from '../../network/host.ts'
import { launchChromium } from '../chromium.ts'
import { VolunteerTab } from '../chromium-bridge.test.helper.ts'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { BoxedNetwork } from './boxed-network.ts'
import { startNetwork, startOrigin } from './network-programs.ts'
import { Program } from './program.ts'
import { medianOf } from './statistics.ts'

const RUNS = 10
const ROUND_TRIP_MS = 100

interface Start {
  readonly raw: number
  readonly first: number
  readonly second: number
}

/** From nothing to the first byte of an answer, beside what setting up WebRTC alone takes. */
export const bootstrap: Benchmark = {
  name: 'bootstrap',
  async run(context) {
    const runs = context.runs ?? RUNS
    const near = await onLoopback(runs, context)
    const far = await farAway(runs, context)
    const extraTrips = far.map(({ raw, first }) => (first - raw) / ROUND_TRIP_MS)
    return {
      runs,
      conditions: {
        bridge: 'a volunteer page in one headless Chromium, waiting',
        client: 'a fresh process for each run, with the descriptor at hand; 3 paths, as by default',
        first_byte: 'from the call that opens the client to the first byte of an answer from the origin',
        second_start: 'the same again in the same process',
        raw: 'the same WebRTC stacks, host candidates, nothing to wait for between offer and answer; up to the open data channel',
        far: `client behind a link of ${ROUND_TRIP_MS / 2} ms each way; the others next to each other`,
        ratios: 'median of the ratios of each run',
      },
      figures: {
        first_byte_ms: medianOf(near.map(({ first }) => first)),
        raw_setup_ms: medianOf(near.map(({ raw }) => raw)),
        first_byte_vs_raw: medianOf(near.map(({ raw, first }) => first / raw)),
        second_start_ms: medianOf(near.map(({ second }) => second)),
        first_byte_100_ms: medianOf(far.map(({ first }) => first)),
        raw_setup_100_ms: medianOf(far.map(({ raw }) => raw)),
        extra_rtts_100: medianOf(extraTrips),
      },
    }
  },
}

async function onLoopback(runs: number, context: BenchmarkContext): Promise<Start[]> {
  const network = await startNetwork(context)
  const origin = await startOrigin(context)
  const tab = await VolunteerTab.open(network)
  context.atEnd(() => tab.close())
  return measure({ descriptor: network.descriptor, originUrl: origin.url }, tab.browser, runs, context)
}

async function farAway(runs: number, context: BenchmarkContext): Promise<Start[]> {
  const network = await BoxedNetwork.start(context)
  const client = await network.addHost('client', { delayMs: ROUND_TRIP_MS / 2 })
  const [volunteer, other] = [await network.addHost('volunteer'), await network.addHost('other')]
  const tab = await VolunteerTab.open({ signaling: { url: new URL(network.descriptor).origin } }, volunteer)
  context.atEnd(() => tab.close())
  const browser = await launchChromium(other)
  context.atEnd(() => browser.close())
  return measure(network, browser, runs, context, client)
}

async function measure(
  { descriptor, originUrl }: { readonly descriptor: string; readonly originUrl: string },
  browser: Browser,
  runs: number,
  context: BenchmarkContext,
  host?: Host,
): Promise<Start[]> {
  const starts: Start[] = []
  // The first one warms the volunteer's browser up.
  for (let run = -1; run < runs; run += 1) {
    const raw = await rawSetup(browser, context, host)
    const url = new URL('first-byte-process.ts', import.meta.url)
    const client = await Program.start(url, [descriptor, originUrl], context, host)
    const first = await client.call<number>('firstByte')
    const second = await client.call<number>('firstByte')
    await client.stop()
    if (run < 0) continue
    starts.push({ raw, first, second })
    const figures = [raw, first, second].map((ms) => ms.toFixed(0))
    context.say(
      `run ${run + 1} of ${runs}: raw ${figures[0]} ms, first byte ${figures[1]}, second start ${figures[2]}`,
    )
  }
  return starts
}

/** Without the time that offer and answer are on their way. */
async function rawSetup(browser: Browser, context: BenchmarkContext, host?: Host): Promise<number> {
  const client = await Program.start(new URL('raw-setup-process.ts', import.meta.url), [], context, host)
  const page = await browser.newPage()
  await page.setContent(await readFile(new URL('raw-relay.html', import.meta.url), 'utf8'))
  const offer = await client.call<{ sdp: string; ms: number }>('offer')
  const answer = await page.evaluate(answerAtOnce, offer.sdp)
  const openMs = await client.call<number>('accept', answer.sdp)
  await page.close()
  await client.stop()
  return offer.ms + answer.ms + openMs
}

function answerAtOnce(offer: string): Promise<{ sdp: string; ms: number }> {
  return (globalThis as unknown as { answerAtOnce: typeof answerAtOnce }).answerAtOnce(offer)
}
