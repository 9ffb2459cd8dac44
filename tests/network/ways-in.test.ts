import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type NetworkDescriptor, unsigned } from '@footbridge/shared'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startMosquitto } from '../src/mosquitto.ts'
import { HIDDEN_HOST, type Nginx, startNginx } from '../src/nginx.ts'
import { Box } from './box.ts'
import { download, startBridge, startServers } from './commands.ts'
import type { Host } from './host.ts'
import type { Program } from './program.ts'
import { hashOfPseudoRandom } from './pseudo-random.test.helper.ts'
import { installTools } from './requirements.ts'

const unavailable =
  (await Box.unavailable()) ?? (await installTools({ nginx: ['nginx'], mosquitto: ['mosquitto'] }))

const WEB_PORT = 80
const FRONT_PORT = 443
const CACHE_PORT = 8081
const NOSTR_PORT = 8082
const MQTT_PORT = 1883
/** To be up, whatever of the ways is blocked. */
const UP_MS = 10_000
const DOWNLOAD_MIB = 1
const SLOW_DOWNLOAD_MIB = 12
const DOWNLOAD_TIMEOUT_MS = 45_000
const LINK = { delayMs: 12.5 }

type Ways = 'fronts' | 'caches' | 'nostr' | 'mqtt'

describe.skipIf(unavailable)(`a blocked network${unavailable ? ` (skipped: ${unavailable})` : ''}`, () => {
  let box: Box
  let signaling: Host
  let nginx: Nginx
  let network: string
  let web: string
  let descriptor: NetworkDescriptor
  const closers: (() => Promise<void>)[] = []
  const visitors: Host[] = []

  beforeAll(async () => {
    box = await Box.create()
    signaling = await box.addHost('signaling', { link: LINK })
    const [egress, middleman, site] = [
      await box.addHost('egress', { link: LINK }),
      await box.addHost('middleman', { link: LINK }),
      await box.addHost('web'),
    ]
    web = `http://${site.publicAddress}:${WEB_PORT}/seed`
    const there = middleman.publicAddress
    const commandFor = middleman.commandFor.bind(middleman)
    const [mosquitto] = await Promise.all([
      startMosquitto({ folder: join(box.folder, 'mosquitto'), address: there, port: MQTT_PORT, commandFor }),
      middleman
        .runSource('tests/network/nostr-relay.test.fixture.ts', [there, String(NOSTR_PORT)])
        .nextMessage(),
      site
        .runSource('tests/network/web-server.test.fixture.ts', [site.publicAddress, String(WEB_PORT)])
        .nextMessage(),
    ])
    closers.push(() => mosquitto.close())
    ;({ network } = await startServers(
      box,
      { signaling, egress },
      {
        signaling: [
          `--front=https://${there}:${FRONT_PORT} ${HIDDEN_HOST}`,
          `--cache=http://${there}:${CACHE_PORT}/c`,
          `--nostr=ws://${there}:${NOSTR_PORT}`,
          `--mqtt=mqtt://${there}:${MQTT_PORT}`,
        ],
      },
    ))
    nginx = await startNginx({
      folder: join(box.folder, 'nginx'),
      address: there,
      frontPort: FRONT_PORT,
      cachePort: CACHE_PORT,
      upstream: new URL(network).host,
      commandFor,
    })
    closers.push(() => nginx.close())
    descriptor = JSON.parse(String(await signaling.execute('curl', ['--silent', '--fail', network])))
  })

  afterAll(async () => {
    for (const close of closers) await close()
    await box?.close()
  })

  afterEach(async () => {
    for (const host of visitors.splice(0)) await host.kill()
  })

  let hosts = 0
  async function addVisitor(): Promise<Host> {
    hosts += 1
    const host = await box.addHost(`visitor-${hosts}`, { link: LINK })
    visitors.push(host)
    return host
  }

  /** Lets nothing of a host reach signaling any more. `verdict` is nftables'. */
  async function block(host: Host, verdict = 'drop'): Promise<void> {
    const rules = `
      table ip censor {
        chain leaving {
          type filter hook output priority filter
          ip daddr ${signaling.publicAddress} ${verdict}
        }
      }`
    await host.execute('nft', ['-f', '-'], { input: rules })
  }

  /** The descriptor as a file, with only some of the ways through others. */
  async function descriptorFile(ways: readonly Ways[]): Promise<string> {
    const { fronts = [], caches = [], mailboxes = [], ...bare } = unsigned(descriptor)
    const kept = {
      ...bare,
      fronts: ways.includes('fronts') ? fronts : [],
      caches: ways.includes('caches') ? caches : [],
      mailboxes: mailboxes.filter((url) => ways.includes(url.startsWith('mqtt') ? 'mqtt' : 'nostr')),
    }
    const path = join(box.folder, `${ways.join('-')}.json`)
    await writeFile(path, JSON.stringify(kept))
    return path
  }

  /** Resolves when the client is connected; rejects when that takes too long. */
  async function startClient(host: Host, file: string, paths = 1): Promise<Program> {
    const program = host.runSource(
      'client/src/cli.ts',
      [`--network=${file}`, '--proxy=127.0.0.1:1080', `--paths=${paths}`, '--json', '--log-level=warn'],
      { environment: { NODE_EXTRA_CA_CERTS: nginx.certificateFile } },
    )
    const connected = new Promise<void>((resolve) => {
      program.on('line', (line) => {
        if (line.startsWith('{') && JSON.parse(line).state === 'connected') resolve()
      })
    })
    // Its time begins when it does something, not while its source is being compiled.
    await program.nextMessage()
    await Promise.race([
      connected,
      new Promise((_, reject) => setTimeout(() => reject(new Error('not up in time')), UP_MS).unref()),
    ])
    return program
  }

  async function downloadThrough(client: Host, mebibytes: number): Promise<void> {
    const body = await download(client, `${web}/${mebibytes}`, DOWNLOAD_TIMEOUT_MS)
    expect(createHash('sha256').update(body).digest('hex')).toBe(hashOfPseudoRandom('seed', mebibytes))
  }

  it('is passed by each way alone within 10 s, whether packets to signaling vanish or are refused', async () => {
    await startBridge(await addVisitor(), network)
    const readers: [Host, string][] = []
    for (const [way, verdict] of [
      ['fronts', 'drop'],
      ['caches', 'drop'],
      ['nostr', 'drop'],
      ['mqtt', 'meta l4proto tcp reject with tcp reset'],
    ] as const) {
      const reader = await addVisitor()
      await block(reader, verdict)
      readers.push([reader, await descriptorFile([way])])
    }
    await Promise.all(
      readers.map(async ([reader, file]) => {
        await startClient(reader, file)
        await downloadThrough(reader, DOWNLOAD_MIB)
      }),
    )
  })

  it('that blocks signaling after the start neither ends a download nor keeps a lost bridge from being replaced', async () => {
    const [first, second, reader] = [await addVisitor(), await addVisitor(), await addVisitor()]
    await startBridge(first, network)
    await startClient(reader, await descriptorFile(['fronts', 'mqtt']))
    await reader.shape({ ...LINK, bytesPerSecond: 2_000_000 })
    const downloading = downloadThrough(reader, SLOW_DOWNLOAD_MIB)
    await block(reader)
    await startBridge(second, network)
    await first.kill()
    await downloading
  })
})
