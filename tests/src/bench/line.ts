import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { VolunteerTab } from '../chromium-bridge.test.helper.ts'
import type { BenchmarkContext } from './benchmark.ts'
import { startNetwork } from './network-programs.ts'
import { Program } from './program.ts'
import { transfer } from './transfer.ts'

export const DIRECTIONS = ['down', 'up'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** Two programs that send to each other through a browser, and the page that relays. */
export interface Line {
  readonly client: Program
  readonly far: Program
  /** Where the page's WebSocket leads to. */
  readonly server: Program
  readonly page: Page
  readonly browser: Browser
}

/** A client of a whole network, and a TCP server as its target. */
export async function startOurs(context: BenchmarkContext): Promise<Line> {
  const network = await startNetwork(context)
  const tab = await VolunteerTab.open(network)
  context.atEnd(() => tab.close())
  const far = await Program.start(new URL('target-process.ts', import.meta.url), [], context)
  const url = new URL('client-process.ts', import.meta.url)
  const client = await Program.start(url, [network.descriptor, far.url], context)
  return { client, far, server: network.egress, page: tab.page, browser: tab.browser }
}

/** The same carriers, joined by a page that copies messages. The offer and its answer go through this process. */
export async function startRaw(browser: Browser, context: BenchmarkContext): Promise<Line> {
  const far = await Program.start(new URL('raw-server-process.ts', import.meta.url), [], context)
  const client = await Program.start(new URL('raw-client-process.ts', import.meta.url), [], context)
  const page = await browser.newPage()
  await page.setContent(await readFile(new URL('raw-relay.html', import.meta.url), 'utf8'))
  const offer = await client.call<string>('offer')
  await client.call('accept', await page.evaluate(answerInPage, { offer, url: far.url }))
  return { client, far, server: far, page, browser }
}

function answerInPage({ offer, url }: { offer: string; url: string }): Promise<string> {
  return (globalThis as unknown as { answer(offer: string, url: string): Promise<string> }).answer(offer, url)
}

/** Lets the sender send and returns what the receiver measured, in 10^6 bytes a second. */
export async function carry(
  { client, far, page }: Line,
  direction: Direction,
  bytes: number,
): Promise<number> {
  await page.bringToFront()
  return direction === 'down' ? transfer(far, client, bytes) : transfer(client, far, bytes)
}
