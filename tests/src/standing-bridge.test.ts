import { createServer, type ServerResponse } from 'node:http'
import { startStandingBridge } from '@footbridge/bridge-widget/node'
import type { FootbridgeClient } from '@footbridge/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort, HOST } from './loopback.ts'
import { TestNetwork } from './network.test.helper.ts'

/** A client without a volunteer would be with a standing bridge by then. */
const PATIENCE_MS = 1_500

/** A network with so many standing bridges, and nobody else. */
async function standingNetwork(count: number): Promise<{
  readonly network: TestNetwork
  readonly bridges: readonly Awaited<ReturnType<typeof startStandingBridge>>[]
}> {
  const ports = await Promise.all(Array.from({ length: count }, freePort))
  const network = await TestNetwork.start({ standing: ports.map((port) => `http://${HOST}:${port}`) })
  onTestFinished(() => network.close())
  const bridges = await Promise.all(
    ports.map((port) => startStandingBridge({ listen: { host: HOST, port }, network: network.descriptor })),
  )
  onTestFinished(async () => {
    for (const bridge of bridges) await bridge.close()
  })
  return { network, bridges }
}

async function startSite(
  answer: (response: ServerResponse) => void = (response) => response.end('hello'),
): Promise<string> {
  const port = await freePort()
  const site = createServer((_, response) => answer(response)).listen(port, HOST)
  onTestFinished(() => void site.close())
  return `http://${HOST}:${port}/`
}

function carriers({ status }: FootbridgeClient): string[] {
  return status.paths.map(({ carrier }) => carrier)
}

function until(client: FootbridgeClient, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (isSo()) resolve()
    }
    client.addEventListener('statechange', look)
    look()
  })
}

describe('a client that meets no volunteer', () => {
  it('goes by WebSocket, with two standing bridges, and leaves them for a volunteer who comes', async () => {
    const { network, bridges } = await standingNetwork(2)
    const client = await network.addClient()
    const page = await client.fetch(await startSite())
    expect(await page.text()).toBe('hello')
    await until(client, () => carriers(client).length === 2)
    expect(carriers(client)).toEqual(['websocket', 'websocket'])
    await network.addBridge()
    await until(client, () => carriers(client).join() === 'webrtc')
    expect(await (await client.fetch(await startSite())).text()).toBe('hello')
    expect(bridges.map(({ paths }) => paths)).toEqual([0, 0])
  })

  it('keeps its streams when the standing bridge under them leaves', async () => {
    const { network, bridges } = await standingNetwork(2)
    const client = await network.addClient()
    await until(client, () => carriers(client).length === 2)
    let end: () => void = () => {}
    const site = await startSite((response) => {
      response.write('hel')
      end = () => response.end('lo')
    })
    const page = await client.fetch(site)
    await bridges[0]?.close()
    await until(client, () => carriers(client).length === 1)
    end()
    expect(await page.text()).toBe('hello')
  })

  it('asks no standing bridge for help that it wants from a private pool alone', async () => {
    const { network, bridges } = await standingNetwork(1)
    const pool = Buffer.alloc(32, 7).toString('base64url')
    const signal = AbortSignal.timeout(PATIENCE_MS)
    await expect(network.addClient({ pool, signal })).rejects.toMatchObject({ code: 'aborted' })
    expect(bridges.map(({ paths }) => paths)).toEqual([0])
  })
})
