import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, networkInterfaces, userInfo } from 'node:os'
import { join } from 'node:path'
import { unsigned } from '@footbridge/shared'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FootbridgeCommand } from './footbridge-command.test.helper.ts'
import { HOST } from './loopback.ts'
import { TestNetwork } from './network.test.helper.ts'
import { Origin } from './origin.test.helper.ts'

let network: TestNetwork
let origin: Origin
let censor: Server

beforeAll(async () => {
  origin = await Origin.start()
  network = await TestNetwork.start()
  censor = censorOf(new URL(network.signaling.url))
  await new Promise<void>((resolve) => censor.listen(0, HOST, resolve))
})

afterAll(async () => {
  censor.close()
  await network.close()
  origin.close()
})

/** Lets requests through to a server, but no WebSocket. */
function censorOf({ hostname: host, port }: URL): Server {
  const server = createServer((incoming, response) => {
    const { method = '', url = '', headers } = incoming
    const passed = request({ host, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(passed)
  })
  return server.on('upgrade', (_, socket) => socket.destroy())
}

/** Runs the doctor on the network behind the censor. */
async function doctor(...options: string[]) {
  const { port } = censor.address() as AddressInfo
  const file = join(network.folder, 'a-descriptor-of-mine.json')
  const descriptor = { ...unsigned(network.descriptor), signaling: [`http://${HOST}:${port}`] }
  await writeFile(file, JSON.stringify(descriptor))
  const page = `http://${HOST}:${origin.http}/a-page-of-mine`
  const state = join(network.folder, 'state')
  return await FootbridgeCommand.run(state, ['doctor', '--network', file, '--page', page, ...options])
}

it('says that nobody can help while there is nobody', async () => {
  const { stdout, stderr, status } = await doctor()
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^BLOCKED {2}Nobody can help right now\./m)
  expect(stdout).toMatch(/^It does not work: Nobody can help right now\./m)
  expect(status).toBe(1)
})

it('says what is blocked and what was used instead, and writes a report without anything personal', async () => {
  await network.addBridge()
  const report = join(network.folder, 'a-report-of-mine.txt')
  const { stdout, stderr, status } = await doctor('--report', report)
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^ok {7}The clock is right\.$/m)
  expect(stdout).toMatch(/^ok {7}HTTPS POST to signaling server 1 works\.$/m)
  expect(stdout).toMatch(/^BLOCKED {2}WebSocket to signaling server 1 does not get through\.$/m)
  expect(stdout).toMatch(/^ok {7}A volunteer was reached/m)
  expect(stdout).toMatch(/^ok {7}The exit server answers/m)
  expect(stdout).toMatch(/^ok {7}A page came through/m)
  expect(stdout).toMatch(/^It works\. .*WebSocket .*; HTTPS POST to server 1 was used instead\.$/m)
  expect(status).toBe(0)

  const written = await readFile(report, 'utf8')
  expect(written).toMatch(
    /^blocked {2}ways in {4}WebSocket to signaling server 1 does not get through\. \(kind=/m,
  )
  expect((await stat(report)).mode & 0o777).toBe(0o600)
  const { port } = censor.address() as AddressInfo
  const addresses = Object.values(networkInterfaces()).flatMap(
    (all) => all?.map(({ address }) => address) ?? [],
  )
  const [egress] = network.descriptor.egresses
  const personal = [
    ...addresses,
    HOST,
    'localhost',
    `:${port}`,
    `${origin.http}`,
    hostname(),
    userInfo().username,
    userInfo().homedir,
    network.folder,
    'of-mine',
    'footbridge:',
    egress?.id ?? HOST,
    egress?.publicKey ?? HOST,
    network.descriptor.ticketKey,
  ]
  for (const word of personal) expect(written.includes(word), word).toBe(false)
})
