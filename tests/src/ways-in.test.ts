import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { globalAgent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@footbridge/client'
import { type NetworkDescriptor, unsigned } from '@footbridge/shared'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { installTools } from '../network/requirements.ts'
import { freePort, HOST } from './loopback.ts'
import { startMosquitto } from './mosquitto.ts'
import { TestNetwork } from './network.test.helper.ts'
import { FRONT_NAME, HIDDEN_HOST, startNginx } from './nginx.ts'
import { startNostrRelay } from './nostr-relay.ts'
import { Origin } from './origin.test.helper.ts'

const unavailable = await installTools({ nginx: ['nginx'], mosquitto: ['mosquitto'] })

describe.skipIf(unavailable)(`ways in${unavailable ? ` (skipped: ${unavailable})` : ''}`, () => {
  const closers: (() => unknown)[] = []
  let network: TestNetwork
  let origin: Origin
  /** With every way in. */
  let descriptor: NetworkDescriptor
  /** Where nobody answers. */
  let nowhere: string

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'footbridge-ways-'))
    closers.push(() => rm(folder, { recursive: true }))
    const [nostrPort, mqttPort, frontPort, cachePort, deadPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ]
    nowhere = `http://${HOST}:${deadPort}`
    const mailboxes = [`ws://${HOST}:${nostrPort}`, `mqtt://${HOST}:${mqttPort}`]
    const relays = [
      await startNostrRelay(HOST, nostrPort),
      await startMosquitto({ folder: join(folder, 'mosquitto'), address: HOST, port: mqttPort }),
    ]
    network = await TestNetwork.start({ middlemen: { mailboxes } })
    const nginx = await startNginx({
      folder: join(folder, 'nginx'),
      address: HOST,
      frontPort,
      cachePort,
      upstream: new URL(network.signaling.url).host,
    })
    globalAgent.options.ca = nginx.certificate
    origin = await Origin.start()
    await network.addBridge()
    closers.unshift(
      () => origin.close(),
      () => network.close(),
      () => nginx.close(),
      ...relays.map((relay) => () => relay.close()),
    )
    descriptor = {
      ...unsigned(network.descriptor),
      fronts: [{ url: `https://${FRONT_NAME}:${frontPort}`, host: HIDDEN_HOST }],
      caches: [{ url: `http://${HOST}:${cachePort}/c` }],
    }
  })

  afterAll(async () => {
    for (const close of closers) await close()
  })

  /** A descriptor with only some of the ways. */
  function only(ways: Partial<NetworkDescriptor>): NetworkDescriptor {
    const { fronts: _, caches: __, mailboxes: ___, ...bare } = descriptor
    return { ...bare, signaling: [nowhere], ...ways }
  }

  async function fetchThrough(network: NetworkDescriptor, state?: string): Promise<void> {
    const client = await connect(network, { paths: 1, ...(state && { state }) })
    onTestFinished(() => client.close())
    const response = await client.fetch(`http://${HOST}:${origin.http}/file`)
    expect(await response.text()).toBe('you asked for /file')
    await client.close()
  }

  it.each([
    ['a sealed POST', () => only({ signaling: descriptor.signaling })],
    ['a front', () => only({ fronts: descriptor.fronts ?? [] })],
    ['a cache', () => only({ caches: descriptor.caches ?? [] })],
    ['a Nostr relay', () => only({ mailboxes: descriptor.mailboxes?.slice(0, 1) ?? [] })],
    ['an MQTT broker', () => only({ mailboxes: descriptor.mailboxes?.slice(1) ?? [] })],
  ])('lead to a bridge by %s alone', async (_, network) => {
    await fetchThrough(network())
  })

  it('are remembered in a file that names neither them nor the network', async () => {
    const folder = join(network.folder, 'client')
    await fetchThrough(only({ mailboxes: descriptor.mailboxes ?? [] }), folder)
    const path = join(folder, 'ways.json')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const text = await readFile(path, 'utf8')
    expect(JSON.parse(text).networks).toHaveLength(1)
    expect(text).not.toMatch(/127\.0|mqtt:|ws:/)
  })

  it('come to the next one past a front that knows no such host', async () => {
    const [front] = descriptor.fronts ?? []
    const fronts = [{ url: front?.url ?? '', host: 'unknown.example' }]
    await fetchThrough(only({ fronts, caches: descriptor.caches ?? [] }))
  })
})
