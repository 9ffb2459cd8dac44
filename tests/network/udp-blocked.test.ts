import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Box } from './box.ts'
import { download, startBridge, startClient, startServers, startStandingBridge } from './commands.ts'
import type { Host } from './host.ts'
import type { Program } from './program.ts'
import { hashOfPseudoRandom } from './pseudo-random.test.helper.ts'

const unavailable = await Box.unavailable()
const WEB_PORT = 80
const STANDING_PORT = 8085
/** What a person waits for at most. */
const PATIENCE_MS = 10_000
const DOWNLOAD_TIMEOUT_MS = 50_000
/** To the internet and back; two hosts are 50 ms apart. */
const LINK = { delayMs: 12.5 }
/** So that a download of some megabytes is under way for seconds. */
const SLOW_LINK = { ...LINK, bytesPerSecond: 1_000_000 }

/** What a censor may do that lets the web pass and nothing else. */
const DROP_UDP = `
  table inet censor {
    chain coming { type filter hook input priority filter; meta l4proto udp drop; }
    chain leaving { type filter hook output priority filter; meta l4proto udp drop; }
  }`

/** What a client said last of its paths. */
class LastStatus {
  #carriers: readonly string[] = []
  #onChange: () => void = () => {}

  constructor(program: Program) {
    program.on('line', (line) => {
      const { paths } = JSON.parse(line) as { readonly paths: readonly { readonly carrier: string }[] }
      this.#carriers = paths.map(({ carrier }) => carrier)
      this.#onChange()
    })
  }

  get carriers(): readonly string[] {
    return this.#carriers
  }

  /** Resolves when there are paths of this kind, and no others. */
  until(carrier: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = () => {
        if (this.#carriers.length > 0 && this.#carriers.every((other) => other === carrier)) resolve()
      }
      this.#onChange()
    })
  }
}

describe.skipIf(unavailable)(`without UDP${unavailable ? ` (skipped: ${unavailable})` : ''}`, () => {
  let box: Box
  let network: string
  let web: Host

  beforeAll(async () => {
    box = await Box.create()
    const [signaling, egress, standing, bridge] = [
      await box.addHost('signaling', { link: LINK }),
      await box.addHost('egress', { link: LINK }),
      await box.addHost('standing', { link: LINK }),
      await box.addHost('bridge', { link: LINK }),
    ]
    web = await box.addHost('web')
    const address = `${standing.publicAddress}:${STANDING_PORT}`
    ;[{ network }] = await Promise.all([
      startServers(box, { signaling, egress }, { signaling: [`--standing=http://${address}`] }),
      web
        .runSource('tests/network/web-server.test.fixture.ts', [web.publicAddress, String(WEB_PORT)])
        .nextMessage(),
    ])
    await Promise.all([startStandingBridge(standing, network, address), startBridge(bridge, network)])
  })

  afterAll(() => box?.close())

  it('has the first byte within 10 s, through a standing bridge, and says so', async () => {
    const client = await box.addHost('client', { link: LINK })
    await blockUdp(client)
    const status = new LastStatus(await startClient(client, network))
    const body = await download(client, page(1), PATIENCE_MS)
    expect(hashOf(body)).toBe(hashOfPseudoRandom('seed', 1))
    expect(status.carriers).toEqual(['websocket'])
    await client.kill()
  })

  it('keeps what is under way when UDP dies midway, and goes back to volunteers when it is there again', async () => {
    const client = await box.addHost('mover', { link: SLOW_LINK })
    const status = new LastStatus(await startClient(client, network))
    const downloading = download(client, page(4), DOWNLOAD_TIMEOUT_MS)
    await status.until('webrtc')
    await blockUdp(client)
    await status.until('websocket')
    expect(hashOf(await downloading)).toBe(hashOfPseudoRandom('seed', 4))
    await client.execute('nft', ['delete', 'table', 'inet', 'censor'])
    await status.until('webrtc')
    await client.kill()
  })

  const page = (mebibytes: number): string => `http://${web.publicAddress}:${WEB_PORT}/seed/${mebibytes}`
})

async function blockUdp(host: Host): Promise<void> {
  await host.execute('nft', ['-f', '-'], { input: DROP_UDP })
}

function hashOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}
