import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { VolunteerTab } from '../src/chromium-bridge.test.helper.ts'
import { Box } from './box.ts'
import type { FromClient, ToClient } from './client.test.fixture.ts'
import { startBridge, startServers } from './commands.ts'
import { Coturn } from './coturn.ts'
import type { Host } from './host.ts'
import type { NatKind } from './nat.ts'
import type { Program } from './program.ts'

const unavailable = (await Box.unavailable()) ?? (await Coturn.unavailable())

const CLASS_OF_KIND = {
  'full-cone': 'open',
  'address-restricted': 'open',
  'port-restricted': 'restricted',
  symmetric: 'strict',
} as const
const KINDS = Object.keys(CLASS_OF_KIND) as NatKind[]

/** In which a path must stand, between whatever two NATs. */
const PATIENCE_MS = 5_000
/** A browser cannot say what NAT it is behind: then the first attempt may be in vain. */
const PATIENCE_WITH_A_SECOND_ATTEMPT_MS = 25_000
const PAGE_MIB = 1
const PAGE_BYTES = PAGE_MIB * 1_048_576
const WEB_PORT = 80
const CLIENT = 'tests/network/client.test.fixture.ts'
const SETUP_TIMEOUT_MS = 120_000
/** To the internet and back; two hosts are 50 ms apart. */
const LINK = { delayMs: 12.5 }

describe.skipIf(unavailable)(`the NAT matrix${unavailable ? ` (skipped: ${unavailable})` : ''}`, () => {
  let box: Box
  let network: string
  let coturn: Coturn
  let page: string
  const clients = new Map<NatKind, { readonly host: Host; readonly program: Program }>()
  const bridges = new Map<NatKind, Host>()

  beforeAll(async () => {
    box = await Box.create()
    const [signaling, egress, turn, web] = [
      await addHost('signaling'),
      await addHost('egress'),
      await addHost('turn'),
      await addHost('web'),
    ]
    page = `http://${web.publicAddress}:${WEB_PORT}/seed/${PAGE_MIB}`
    coturn = await Coturn.start(turn, box.folder, 'a secret of two servers')
    ;[{ network }] = await Promise.all([
      startServers(
        box,
        { signaling, egress },
        {
          signaling: [`--turn=${coturn.url}`, `--turn-secret=${coturn.secretFile}`],
        },
      ),
      web
        .runSource('tests/network/web-server.test.fixture.ts', [web.publicAddress, String(WEB_PORT)])
        .nextMessage(),
    ])
    const hosts: [NatKind, Host][] = []
    for (const [number, kind] of KINDS.entries()) {
      bridges.set(kind, await addHost(`bridge-${number}`, kind))
      hosts.push([kind, await addHost(`client-${number}`, kind)])
    }
    await Promise.all(
      hosts.map(async ([kind, host]) => {
        const program = host.runSource(CLIENT, [network])
        clients.set(kind, { host, program })
        await program.nextMessage()
      }),
    )
  }, SETUP_TIMEOUT_MS)

  afterAll(() => box?.close())

  afterEach(async () => {
    for (const host of bridges.values()) await host.kill()
    await coturn.reset()
  })

  it.each(KINDS)('shows a client that its NAT is %s', async (kind) => {
    expect(await ask(kind, { type: 'probe' })).toEqual({ type: 'probed', nat: CLASS_OF_KIND[kind] })
  })

  it.each(KINDS)(
    `connects clients behind every NAT with a bridge behind one that is %s`,
    async (bridgeKind) => {
      await startBridge(bridge(bridgeKind), network)
      const outcomes = await Promise.all(
        KINDS.map(async (kind) => [kind, await fetchPage(kind, PATIENCE_MS)] as const),
      )
      for (const [kind, outcome] of outcomes) {
        const relayed = await isRelayed(kind)
        report(kind, bridgeKind, outcome, relayed)
        expect.soft(outcome, `${kind} to ${bridgeKind}`).toMatchObject({ type: 'fetched', bytes: PAGE_BYTES })
        expect.soft(relayed, `${kind} to ${bridgeKind} by TURN`).toBe(needsRelay(kind, bridgeKind))
      }
    },
  )

  it('connects a client behind a symmetric NAT with a volunteer’s Chromium tab behind a port-restricted one', async () => {
    const tab = await openTab('port-restricted')
    const outcome = await fetchPage('symmetric', PATIENCE_MS)
    expect(outcome).toMatchObject({ type: 'fetched' })
    expect(await isRelayed('symmetric')).toBe(true)
    await tab.close()
  })

  it('connects a client behind a port-restricted NAT with a volunteer’s Chromium tab behind a symmetric one', async () => {
    const tab = await openTab('symmetric')
    // Only from an answer of the tab does signaling learn that its NAT is strict.
    const first = await fetchPage('port-restricted', PATIENCE_WITH_A_SECOND_ATTEMPT_MS)
    report('port-restricted', 'symmetric', first, true)
    const second = await fetchPage('port-restricted', PATIENCE_MS)
    report('port-restricted', 'symmetric', second, true)
    expect(second).toMatchObject({ type: 'fetched' })
    expect(await isRelayed('port-restricted')).toBe(true)
    await tab.close()
  })

  /** Whether the page came by TURN. Where there might have been no other way, candidates for it are tried too. */
  async function isRelayed(kind: NatKind): Promise<boolean> {
    return (await coturn.relayedTo(client(kind).host)) > PAGE_BYTES / 2
  }

  function addHost(name: string, nat?: NatKind): Promise<Host> {
    return box.addHost(name, { link: LINK, ...(nat !== undefined && { nat }) })
  }

  function openTab(kind: NatKind): Promise<VolunteerTab> {
    return VolunteerTab.open({ signaling: { url: new URL(network).origin } }, bridge(kind))
  }

  function bridge(kind: NatKind): Host {
    const host = bridges.get(kind)
    if (host === undefined) throw new Error('no such bridge')
    return host
  }

  function client(kind: NatKind): { readonly host: Host; readonly program: Program } {
    const client = clients.get(kind)
    if (client === undefined) throw new Error('no such client')
    return client
  }

  async function ask(kind: NatKind, message: ToClient): Promise<FromClient> {
    const { program } = client(kind)
    program.send(message)
    return (await program.nextMessage()) as FromClient
  }

  function fetchPage(kind: NatKind, connectWithinMs: number): Promise<FromClient> {
    return ask(kind, { type: 'fetch', url: page, connectWithinMs })
  }
})

/** As RFC 4787 has it: a port that changes with the destination meets only those who do not look at ports. */
function needsRelay(one: NatKind, other: NatKind): boolean {
  const looksAtPorts = (kind: NatKind): boolean => kind === 'port-restricted' || kind === 'symmetric'
  return (one === 'symmetric' && looksAtPorts(other)) || (other === 'symmetric' && looksAtPorts(one))
}

function report(clientKind: NatKind, bridgeKind: NatKind, outcome: FromClient, relayed: boolean): void {
  if (process.env.FOOTBRIDGE_REPORT === undefined) return
  const took =
    outcome.type === 'fetched' ? `${Math.round(outcome.connectedAfterMs)} ms` : JSON.stringify(outcome)
  process.stderr.write(`${clientKind} to ${bridgeKind}: ${took}${relayed ? ', by TURN' : ''}\n`)
}
