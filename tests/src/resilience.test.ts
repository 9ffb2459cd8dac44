import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { FootbridgeClient } from '@footbridge/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VolunteerTab } from './chromium-bridge.test.helper.ts'
import { HideableTab } from './hideable-tab.test.helper.ts'
import { TestNetwork } from './network.test.helper.ts'
import { hashOfDownload, Origin } from './origin.test.helper.ts'

const SIZE = 48
const QUARTER = (SIZE / 4) * 1_048_576

let network: TestNetwork
let origin: Origin
const tabs: { close(): Promise<void> }[] = []

beforeEach(async () => {
  ;[network, origin] = await Promise.all([TestNetwork.start(), Origin.start()])
})

afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.close()
  await network.close()
  origin.close()
})

/** Downloads, does `midway` once a quarter has come, and returns the hash of everything. */
async function download(client: FootbridgeClient, midway: () => Promise<unknown>): Promise<string> {
  const response = await client.fetch(`http://127.0.0.1:${origin.http}/bytes/${SIZE}`)
  const hash = createHash('sha256')
  let bytes = 0
  let disturbance: Promise<unknown> | undefined
  for await (const chunk of response.body ?? []) {
    hash.update(chunk)
    bytes += chunk.length
    if (bytes > QUARTER) disturbance ??= midway()
  }
  expect(disturbance).toBeDefined()
  await disturbance
  return hash.digest('hex')
}

async function openTab(): Promise<VolunteerTab> {
  const tab = await VolunteerTab.open(network)
  tabs.push(tab)
  return tab
}

describe('a download', () => {
  it('completes when its volunteer closes the tab and a second one waits', async () => {
    const first = await openTab()
    const client = await network.addClient({ paths: 1 })
    await openTab()
    expect(await download(client, () => first.closeTab())).toBe(hashOfDownload(SIZE))
    expect(first.page.isClosed()).toBe(true)
  })

  it('completes when its volunteer’s browser is killed and a second one waits', async () => {
    const first = await openTab()
    const client = await network.addClient({ paths: 1 })
    await openTab()
    expect(await download(client, async () => first.kill())).toBe(hashOfDownload(SIZE))
  })

  it('completes when one of two bridges in use leaves', async () => {
    const leaving = await network.addBridge()
    await network.addBridge()
    const client = await network.addClient({ paths: 2 })
    while (client.status.paths.length < 2) await once(client, 'statechange')
    expect(await download(client, () => leaving.close())).toBe(hashOfDownload(SIZE))
  })

  it('completes when the signaling server goes away', async () => {
    await network.addBridge()
    const client = await network.addClient({ paths: 1 })
    expect(await download(client, () => network.signaling.close())).toBe(hashOfDownload(SIZE))
  })

  it('goes on while the volunteer’s tab is hidden behind another', async () => {
    const tab = await HideableTab.open(network)
    tabs.push(tab)
    const client = await network.addClient({ paths: 1 })
    expect(await tab.isHidden()).toBe(false)
    expect(await download(client, () => tab.hide())).toBe(hashOfDownload(SIZE))
    // And so does what begins while it is hidden.
    expect(await download(client, async () => {})).toBe(hashOfDownload(SIZE))
    expect(await tab.isHidden()).toBe(true)
  })

  it('can begin with a volunteer whose tab was hidden before', async () => {
    const tab = await HideableTab.open(network)
    tabs.push(tab)
    await tab.hide()
    const client = await network.addClient({ paths: 1 })
    expect(await download(client, async () => {})).toBe(hashOfDownload(SIZE))
    expect(await tab.isHidden()).toBe(true)
  })
})

describe('a client', () => {
  it('waits for a new bridge when the last one is gone, and goes on with it', async () => {
    const first = await network.addBridge()
    const client = await network.addClient({ paths: 1 })
    const { readable, writable } = await client.open({ host: '127.0.0.1', port: origin.echo })
    const writer = writable.getWriter()
    const reader = readable.getReader()
    await first.close()
    if (client.status.state !== 'waiting') await once(client, 'statechange')
    await writer.write(Uint8Array.of(42))
    await network.addBridge()
    expect(await reader.read()).toMatchObject({ value: Uint8Array.of(42) })
    await writer.close()
  })
})
