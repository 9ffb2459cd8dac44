import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { connect } from '@footbridge/client'
import type { Page } from 'playwright-core'
import { launchChromium } from '../chromium.ts'
import { HideableTab } from '../hideable-tab.test.helper.ts'
import { HOST } from '../loopback.ts'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { startNetwork } from './network-programs.ts'
import { processorSeconds } from './process-figures.ts'
import { Program } from './program.ts'
import { type Figure, medianOf } from './statistics.ts'
import { transfer } from './transfer.ts'

const RUNS = 3
/** 20 Mbit/s. */
const RATE_BYTES_S = 2_500_000
/** Ten seconds of it, and the burst before. */
const TRANSFER_BYTES = 27_500_000
const IDLE_S = Number(process.env.FOOTBRIDGE_IDLE_S ?? 300)
/** From being hidden to the first look: the page comes to rest. */
const SETTLE_MS = 10_000
const KB = 1_000

/** What a site's owner and a volunteer pay for the element. */
export const widget: Benchmark = {
  name: 'widget',
  async run(context) {
    const runs = context.runs ?? RUNS
    const network = await startNetwork(context)
    const host = await serveHostPage(network.signaling.url, context)
    const far = await Program.start(new URL('target-process.ts', import.meta.url), [], context)
    const visits: Visit[] = []
    for (let run = 0; run < runs; run += 1) {
      const visit = await visitHost(host, network.descriptor, far, context)
      visits.push(visit)
      const { shellKb, engineKb, longestTaskMs } = visit
      context.say(
        `run ${run + 1} of ${runs}: ${shellKb.toFixed(2)} kB, then ${engineKb.toFixed(2)} kB; longest task ${longestTaskMs} ms`,
      )
    }
    const idle = await measureIdle(host, network.descriptor, context)
    return {
      runs,
      conditions: {
        page: 'a host page with nothing but the element, from another origin, in headless Chromium',
        sizes: 'scripts that the page loads before and after the click, each gzipped by itself (level 9)',
        long_tasks:
          'longest task (PerformanceObserver, from 50 ms on; 0: none) while loading, turning on, relaying at 20 Mbit/s, turning off; the worst run',
        idle: `on, waiting, tab hidden, for ${IDLE_S} s; all renderer processes of the browser; once`,
        hidden_match: 'after that: from the start of a client to its first path; once',
      },
      figures: {
        shell_gz_kb: medianOf(visits.map(({ shellKb }) => shellKb)),
        engine_gz_kb: medianOf(visits.map(({ engineKb }) => engineKb)),
        long_tasks_ms_max: worstOf(visits.map(({ longestTaskMs }) => longestTaskMs)),
        idle_cpu_pct: medianOf([idle.cpuPercent]),
        idle_requests_per_min: medianOf([idle.requestsPerMinute]),
        hidden_match_s: medianOf([idle.matchS]),
      },
    }
  },
}

function worstOf(values: readonly number[]): Figure {
  return { ...medianOf(values), value: Math.max(...values) }
}

/** A site that embeds the element from its network, as most will. Returns its origin. */
async function serveHostPage(widgetOrigin: string, { atEnd }: BenchmarkContext): Promise<string> {
  const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title>
<script type="module" src="${widgetOrigin}/widget/bridge-widget.js" crossorigin></script>
<bridge-widget network="${widgetOrigin}/v1/network" max-rate="${RATE_BYTES_S}"></bridge-widget>`
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end(page)
  }).listen(0, HOST)
  await once(server, 'listening')
  atEnd(async () => server.close())
  return `http://${HOST}:${(server.address() as AddressInfo).port}`
}

interface Visit {
  readonly shellKb: number
  readonly engineKb: number
  readonly longestTaskMs: number
}

declare const tasks: number[]

/** Somebody looks at the page, turns the bridge on, helps, and turns it off. */
async function visitHost(
  host: string,
  descriptor: string,
  far: Program,
  context: BenchmarkContext,
): Promise<Visit> {
  const browser = await launchChromium()
  context.atEnd(() => browser.close())
  const page = await browser.newPage()
  const loaded = countScripts(page)
  await page.addInitScript(() => {
    const tasks: number[] = []
    Object.assign(globalThis, { tasks })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(duration)
    }).observe({ type: 'longtask' })
  })
  await page.goto(host, { waitUntil: 'networkidle' })
  await page.getByRole('switch').waitFor()
  const shellKb = await loaded()
  await page.getByRole('switch').click()
  await untilWaiting(page)
  await page.waitForLoadState('networkidle')
  const engineKb = (await loaded()) - shellKb
  const url = new URL('client-process.ts', import.meta.url)
  const client = await Program.start(url, [descriptor, far.url], context)
  await transfer(far, client, TRANSFER_BYTES)
  await client.stop()
  await page.getByRole('switch').click()
  const longestTaskMs = Math.max(0, ...(await page.evaluate(() => tasks)))
  await browser.close()
  return { shellKb, engineKb, longestTaskMs }
}

async function untilWaiting(page: Page): Promise<void> {
  await page.waitForFunction(
    () => (document.querySelector('bridge-widget') as { state?: string } | null)?.state === 'waiting',
  )
}

/** Tells the size of all scripts that the page has loaded so far. */
function countScripts(page: Page): () => Promise<number> {
  const sizes = new Map<string, Promise<number>>()
  page.on('response', (response) => {
    if (/\.js$/.test(new URL(response.url()).pathname)) {
      sizes.set(
        response.url(),
        response.body().then((body) => gzipSync(body, { level: 9 }).length / KB),
      )
    }
  })
  return async () => (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0)
}

interface Idle {
  readonly cpuPercent: number
  readonly requestsPerMinute: number
  readonly matchS: number
}

async function measureIdle(host: string, descriptor: string, context: BenchmarkContext): Promise<Idle> {
  const tab = await HideableTab.open({ signaling: { url: host } })
  context.atEnd(() => tab.close())
  await tab.hide()
  await delay(SETTLE_MS, undefined, context)
  const renderers = await tab.rendererProcesses()
  if (renderers.length === 0) throw new Error('the browser does not tell its processes')
  const spent = (): number => renderers.reduce((sum, pid) => sum + processorSeconds(pid), 0)
  const requested = (): Promise<number> =>
    tab.evaluate(`performance.getEntriesByType('resource').length`).then(Number)
  const before = { spent: spent(), requested: await requested() }
  context.say(`idle for ${IDLE_S} s`)
  await delay(IDLE_S * 1_000, undefined, context)
  const cpuPercent = ((spent() - before.spent) / IDLE_S) * 100
  const requestsPerMinute = (((await requested()) - before.requested) / IDLE_S) * 60
  const startedAt = performance.now()
  const client = await connect(descriptor, { paths: 1 })
  const matchS = (performance.now() - startedAt) / 1_000
  await client.close()
  await tab.close()
  return { cpuPercent, requestsPerMinute, matchS }
}
