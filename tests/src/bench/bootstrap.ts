import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import type { Host } from '../../network/host.ts'
import { launchChromium } from '../chromium.ts'
import { VolunteerTab } from '../chromium-bridge.test.helper.ts'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { BoxedNetwork } from './boxed-network.ts'
import { startNetwork, startOrigin } from './network-programs.ts'
import { Program } from './program.ts'
import { medianOf } from './statistics.ts'

const RUNS = 20
const ROUND_TRIP_MS = 100

interface Start {
  readonly raw: number
  readonly first: number
  readonly second: number
  readonly answer: number
}

/** From nothing to the first byte, beside what setting up WebRTC alone takes. */
export const bootstrap: Benchmark = {
  name: 'bootstrap',
  async run(context) {
    const runs = context.runs ?? RUNS
    const near = await onLoopback(runs, context)
    const far = await farAway(runs, context)
    return {
      runs,
      conditions: {
        bridge: 'a volunteer page in one headless Chromium, waiting',
        client: 'a fresh process for each run, with the descriptor at hand; 3 paths, as by default',
        first_byte:
          'from the call that opens the client to the first byte from a target that speaks first, as SSH servers do',
        first_answer:
          'the same for a target that wants a request first, in a fresh process: one round trip more',
        second_start: 'the first byte again, in the same process',
        raw: 'the same WebRTC stacks and nothing else: from making the offer to the open data channel, descriptions handed over by the benchmark itself',
        far: `client behind a link of ${ROUND_TRIP_MS / 2} ms each way; the others next to each other`,
        ratios: 'median of the ratios, or of the differences, of each run',
      },
      figures: {
        first_byte_ms: medianOf(near.map(({ first }) => first)),
        first_answer_ms: medianOf(near.map(({ answer }) => answer)),
        raw_setup_ms: medianOf(near.map(({ raw }) => raw)),
        first_byte_vs_raw: medianOf(near.map(({ raw, first }) => first / raw)),
        second_start_ms: medianOf(near.map(({ second }) => second)),
        first_byte_100_ms: medianOf(far.map(({ first }) => first)),
        first_answer_100_ms: medianOf(far.map(({ answer }) => answer)),
        raw_setup_100_ms: medianOf(far.map(({ raw }) => raw)),
        extra_rtts_100: medianOf(far.map(({ raw, first }) => (first - raw) / ROUND_TRIP_MS)),
        answer_extra_rtts_100: medianOf(far.map(({ raw, answer }) => (answer - raw) / ROUND_TRIP_MS)),
      },
    }
  },
}

async function onLoopback(runs: number, context: BenchmarkContext): Promise<Start[]> {
  const { descriptor } = await startNetwork(context)
  const origin = await startOrigin(context)
  const tab = await VolunteerTab.open({ signaling: { url: new URL(descriptor).origin } })
  context.atEnd(() => tab.close())
  return measure({ descriptor, origin }, tab.browser, runs, context)
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
  { descriptor, origin }: { readonly descriptor: string; readonly origin: Program },
  browser: Browser,
  runs: number,
  context: BenchmarkContext,
  host?: Host,
): Promise<Start[]> {
  const greeter = { url: await origin.call<string>('greeter') }
  const answerer = { url: origin.url, request: 'pour first 1000\n' }
  const page = await browser.newPage()
  await page.setContent(await readFile(new URL('raw-relay.html', import.meta.url), 'utf8'))
  const starts: Start[] = []
  // The first one warms both pages up: volunteers' tabs have been open for a while.
  for (let run = -1; run < runs; run += 1) {
    const raw = await rawSetup(page, context, host)
    const [first = 0, second = 0] = await start([greeter, greeter])
    const [answer = 0] = await start([answerer])
    if (run < 0) continue
    starts.push({ raw, first, second, answer })
    const figures = [raw, first, second, answer].map((ms) => ms.toFixed(0))
    context.say(
      `run ${run + 1} of ${runs}: raw ${figures[0]} ms, first byte ${figures[1]}, second start ${figures[2]}, answer ${figures[3]}`,
    )
  }
  return starts

  /** In a fresh process, one after the other. */
  async function start(targets: readonly { url: string; request?: string }[]): Promise<number[]> {
    const url = new URL('first-byte-process.ts', import.meta.url)
    const client = await Program.start(url, [descriptor], context, host)
    const times: number[] = []
    for (const target of targets) times.push(await client.call<number>('firstByte', target))
    await client.stop()
    return times
  }
}

async function rawSetup(page: Page, context: BenchmarkContext, host?: Host): Promise<number> {
  const client = await Program.start(new URL('raw-setup-process.ts', import.meta.url), [], context, host)
  const offer = await client.call<string>('offer')
  const answer = await page.evaluate(answerAtOnce, offer)
  const ms = await client.call<number>('accept', answer)
  await client.stop()
  return ms
}

function answerAtOnce(offer: string): Promise<string> {
  return (globalThis as unknown as { answerAtOnce: typeof answerAtOnce }).answerAtOnce(offer)
}
