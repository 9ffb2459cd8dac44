import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { probe } from '@footbridge/client'
import { createSessionTable } from '@footbridge/egress-server'
import { type ProbeReport, ResetCode, systemClock } from '@footbridge/shared'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { TestNetwork } from './network.test.helper.ts'

/** Only to fail a test that would hang. */
const PATIENCE_MS = 20_000

let network: TestNetwork
let browser: Browser

beforeAll(async () => {
  // Private targets are refused, as where people run it: a probe needs none.
  network = await TestNetwork.start({ allowPrivateTargets: false })
  await network.addBridge()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await network.close()
})

const probeOnce = ({ descriptor }: TestNetwork): Promise<ProbeReport> =>
  probe(descriptor, { clock: systemClock, signal: AbortSignal.timeout(PATIENCE_MS) })

async function report(result: ProbeReport): Promise<void> {
  const token = (await readFile(join(network.folder, 'signaling', 'probe.token'), 'utf8')).trim()
  const { status } = await fetch(`${network.signaling.url}/v1/probes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(result),
  })
  expect(status).toBe(204)
}

/** The status page, with everything that it complained of. */
async function openStatus(viewport: {
  width: number
  height: number
}): Promise<{ page: Page; troubles: string[] }> {
  const page = await browser.newPage({ viewport })
  const troubles: string[] = []
  page.on('console', (message) => troubles.push(message.text()))
  page.on('requestfailed', (request) => troubles.push(request.url()))
  await page.goto(`${network.signaling.url}/status`)
  return { page, troubles }
}

describe('a probe', () => {
  it('goes through the network, and its time and speed are on the status page', async () => {
    const result = await probeOnce(network)
    expect(result).toEqual({
      outcome: 'ok',
      connectMs: expect.any(Number),
      bytesPerSecond: expect.any(Number),
    })
    await report(result)
    const { page, troubles } = await openStatus({ width: 1_280, height: 900 })
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('People can cross.')
    const plots = page.getByRole('figure').filter({ visible: true })
    expect(await plots.count()).toBe(5)
    expect(await plots.getByText('100%').first().isVisible()).toBe(true)
    expect(await page.getByRole('img', { name: /^Time to connect, last 24 hours: / }).isVisible()).toBe(true)
    expect(troubles).toEqual([])
    await page.close()
  })

  it('tells when it connects but gets nothing', async () => {
    const broken = await TestNetwork.start({
      createSessions: (context) =>
        createSessionTable({ ...context, onStream: (stream) => stream.reset(ResetCode.failed) }),
    })
    await broken.addBridge()
    expect(await probeOnce(broken)).toEqual({ outcome: 'broken', connectMs: expect.any(Number) })
    await broken.close()
  })
})

describe('the status page', () => {
  it('fits a phone, and shows a day or a month', async () => {
    const { page } = await openStatus({ width: 360, height: 700 })
    const isWide = (): Promise<boolean> =>
      page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)
    const month = page.getByRole('img', { name: /^Speed, last 30 days/ })
    expect(await month.isVisible()).toBe(false)
    expect(await isWide()).toBe(false)
    await page.getByText('30 days', { exact: true }).click()
    expect(await month.isVisible()).toBe(true)
    await page.getByText('The same as a table').filter({ visible: true }).click()
    expect(await page.getByRole('rowheader').filter({ visible: true }).count()).toBe(90)
    expect(await isWide()).toBe(false)
    await page.close()
  })

  it('is the same by keyboard', async () => {
    const { page } = await openStatus({ width: 1_280, height: 900 })
    await page.getByRole('radio', { name: '24 hours' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.getByRole('img', { name: /^Bridges, last 30 days/ }).isVisible()).toBe(true)
    await page.close()
  })
})
