import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { VolunteerTab } from '../src/chromium-bridge.test.helper.ts'
import { Box } from './box.ts'
import { download, startBridge, startClient, startServers } from './commands.ts'
import type { Host } from './host.ts'
import type { NatKind } from './nat.ts'
import { hashOfPseudoRandom } from './pseudo-random.test.helper.ts'

const unavailable = await Box.unavailable()
const WEB_PORT = 80
const DOWNLOAD_MIB = 8
const DOWNLOAD_TIMEOUT_MS = 30_000
/** To the internet and back; two hosts are 50 ms apart. */
const LINK = { delayMs: 12.5 }

describe.skipIf(unavailable)(`Footbridge in a box${unavailable ? ` (skipped: ${unavailable})` : ''}`, () => {
  let box: Box
  let network: string
  let url: string

  beforeAll(async () => {
    box = await Box.create()
    const [signaling, egress] = [await addHost('signaling'), await addHost('egress')]
    const web = await box.addHost('web')
    url = `http://${web.publicAddress}:${WEB_PORT}/seed/${DOWNLOAD_MIB}`
    ;[{ network }] = await Promise.all([
      startServers(box, { signaling, egress }),
      web
        .runSource('tests/network/web-server.test.fixture.ts', [web.publicAddress, String(WEB_PORT)])
        .nextMessage(),
    ])
  })

  afterAll(() => box?.close())

  afterEach(async () => {
    for (const host of visitors.splice(0)) await host.kill()
  })

  let pairs = 0
  const visitors: Host[] = []

  function addHost(name: string, nat?: NatKind): Promise<Host> {
    return box.addHost(name, { link: LINK, ...(nat !== undefined && { nat }) })
  }

  /** A host for one test. */
  async function addVisitor(name: string, nat?: NatKind): Promise<Host> {
    const host = await addHost(name, nat)
    visitors.push(host)
    return host
  }

  it.each([
    ['with an open client and an open bridge', undefined, undefined],
    ['with a client and a bridge behind port-restricted NATs', 'port-restricted', 'port-restricted'],
    ['with a client behind a symmetric NAT and a bridge behind a full cone', 'symmetric', 'full-cone'],
  ] as const)('downloads unchanged between hosts 50 ms apart, %s', async (_, clientNat, bridgeNat) => {
    pairs += 1
    const [bridge, client] = [
      await addVisitor(`bridge-${pairs}`, bridgeNat),
      await addVisitor(`client-${pairs}`, clientNat),
    ]
    await startBridge(bridge, network)
    await downloadThrough(client)
  })

  it('downloads unchanged through a volunteer’s Chromium tab behind a NAT', async () => {
    const [volunteer, client] = [await addVisitor('volunteer', 'port-restricted'), await addVisitor('reader')]
    const tab = await VolunteerTab.open({ signaling: { url: new URL(network).origin } }, volunteer)
    await downloadThrough(client)
    await tab.close()
  })

  /** By curl, through the proxy of a client on this host. */
  async function downloadThrough(client: Host): Promise<void> {
    await startClient(client, network, ['--paths=1', `--state=${join(box.folder, client.name)}`])
    const body = await download(client, url, DOWNLOAD_TIMEOUT_MS)
    expect(createHash('sha256').update(body).digest('hex')).toBe(hashOfPseudoRandom('seed', DOWNLOAD_MIB))
  }
})
