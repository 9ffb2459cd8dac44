import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '@footbridge/client'
import { unsigned } from '@footbridge/shared'
import { expect, it, onTestFinished } from 'vitest'
import { HOST } from './loopback.ts'
import { TestNetwork } from './network.test.helper.ts'
import { Origin } from './origin.test.helper.ts'

/** Passes plain requests on to `origin`, and refuses WebSockets like a middlebox that does not know them. */
async function startPlainProxy(origin: string): Promise<string> {
  const server = createServer((incoming, response) => {
    const { method, headers } = incoming
    const outgoing = request(new URL(incoming.url ?? '/', origin), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502)
      answer.pipe(response)
    })
    incoming.pipe(outgoing)
  })
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'))
  server.listen(0, HOST)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://${HOST}:${(server.address() as AddressInfo).port}`
}

it('connects by POST where WebSockets do not pass', async () => {
  const [network, origin] = await Promise.all([TestNetwork.start(), Origin.start()])
  onTestFinished(async () => {
    await network.close()
    origin.close()
  })
  await network.addBridge()
  const client = await connect(
    { ...unsigned(network.descriptor), signaling: [await startPlainProxy(network.signaling.url)] },
    { paths: 1 },
  )
  onTestFinished(() => client.close())
  const response = await client.fetch(`http://${HOST}:${origin.http}/file`)
  expect(await response.text()).toBe('you asked for /file')
})
