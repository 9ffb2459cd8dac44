import { createServer } from 'node:http'
import type { NetworkDescriptor } from '@footbridge/shared'
import { expect, it, vi } from 'vitest'
import { connect, openClient } from './client.ts'
import { startOrigin } from './proxy.test.helper.ts'

const KEY = 'A'.repeat(43)

/** A network whose signaling server has nothing to say. */
async function silentNetwork(): Promise<NetworkDescriptor> {
  const port = await startOrigin(createServer((_, response) => response.writeHead(503).end()))
  return {
    version: 1,
    signaling: [`http://127.0.0.1:${port}`],
    egresses: [{ id: 'one', url: 'https://egress.example', publicKey: KEY }],
    stun: [],
    ticketKey: KEY,
  }
}

it('refuses an object that is no descriptor', async () => {
  const network = { ...(await silentNetwork()), ticketKey: 'none' }
  await expect(connect(network)).rejects.toMatchObject({ code: 'usage' })
})

it('rejects what waits for a path when it closes', async () => {
  const client = await openClient(await silentNetwork())
  const opening = client.open({ host: 'example.org', port: 80 })
  await client.close()
  await expect(opening).rejects.toMatchObject({ code: 'closed' })
})

it('ends a proxy when its signal fires, and starts none after that', async () => {
  await using client = await openClient(await silentNetwork())
  const controller = new AbortController()
  const place = { host: '127.0.0.1', port: 0 }
  const { port } = await client.listen(place, { signal: controller.signal })
  controller.abort()
  // The port is to be had again.
  await vi.waitFor(async () => void (await client.listen({ ...place, port })))
  await expect(client.listen(place, { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
})

it('starts no proxy once it is closed', async () => {
  const client = await openClient(await silentNetwork())
  await client.close()
  await expect(client.listen({ host: '127.0.0.1', port: 0 })).rejects.toMatchObject({ code: 'closed' })
})

it('leaves no proxy behind that was starting when it closed', async () => {
  const client = await openClient(await silentNetwork())
  const starting = client.listen({ host: '127.0.0.1', port: 0 })
  await client.close()
  await expect(starting).rejects.toMatchObject({ code: 'closed' })
})
