import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FootbridgeClient } from '@footbridge/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Program } from '../network/program.ts'
import { DnsServer } from './dns-server.test.helper.ts'
import { GitServer, makeRepository, verifiedHead } from './git-server.test.helper.ts'
import { TestNetwork } from './network.test.helper.ts'
import { hashOfDownload, Origin } from './origin.test.helper.ts'
import { run } from './run.test.helper.ts'
import { UdpApp } from './udp-app.test.helper.ts'

/** `FOOTBRIDGE_LONG=1` transfers what takes a person's patience. */
const LONG = process.env.FOOTBRIDGE_LONG === '1'
const DOWNLOAD_MIB = LONG ? 1_024 : 48
const REPOSITORY_MIB = LONG ? 100 : 16
const QUESTIONS = LONG ? 2_000 : 200
const TIMEOUT_MS = LONG ? 580_000 : 60_000

const RUN_TYPESCRIPT = ['--conditions=@footbridge/source', '--import', 'tsx']
const BRIDGE = fileURLToPath(import.meta.resolve('@footbridge/bridge-widget/node').replace('index', 'cli'))
const MEBIBYTE = 1_048_576

let network: TestNetwork
let client: FootbridgeClient
let proxyPort: number
let bridges: Program[]

/** A volunteer in a process of its own, which can be killed. */
async function startBridge(): Promise<Program> {
  const descriptor = `${network.signaling.url}/v1/network`
  const args = [...RUN_TYPESCRIPT, BRIDGE, '--network', descriptor, '--log-level', 'error']
  const bridge = new Program(process.execPath, args, { ipc: true })
  await bridge.nextMessage()
  return bridge
}

beforeEach(async () => {
  network = await TestNetwork.start()
  bridges = await Promise.all([startBridge(), startBridge()])
  client = await network.addClient({ paths: 2 })
  while (client.status.paths.length < 2) await once(client, 'statechange')
  proxyPort = (await client.listen({ host: '127.0.0.1', port: 0 })).port
})

afterEach(async () => {
  await network.close()
  for (const bridge of bridges) bridge.kill()
  await Promise.all(bridges.map(({ exited }) => exited))
})

/** Kills one of the two bridges, both of which are in use. */
function killOne(): void {
  expect(client.status.paths).toHaveLength(2)
  bridges[0]?.kill('SIGKILL')
}

describe('through two bridges, one of which is killed midway,', () => {
  it(`curl downloads ${DOWNLOAD_MIB} MiB unchanged`, { timeout: TIMEOUT_MS }, async () => {
    const origin = await Origin.start()
    const url = `http://127.0.0.1:${origin.http}/bytes/${DOWNLOAD_MIB}`
    const curl = spawn('curl', ['--silent', '--fail', '-x', `socks5h://127.0.0.1:${proxyPort}`, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(curl, 'exit')
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of curl.stdout) {
      if (bytes < (DOWNLOAD_MIB / 2) * MEBIBYTE && bytes + chunk.length >= (DOWNLOAD_MIB / 2) * MEBIBYTE)
        killOne()
      bytes += chunk.length
      hash.update(chunk)
    }
    expect((await exited)[0]).toBe(0)
    expect(bytes).toBe(DOWNLOAD_MIB * MEBIBYTE)
    expect(hash.digest('hex')).toBe(hashOfDownload(DOWNLOAD_MIB))
    origin.close()
  })

  it(`git clones a repository of ${REPOSITORY_MIB} MiB`, { timeout: TIMEOUT_MS }, async () => {
    const repositories = join(network.folder, 'repositories')
    const clone = join(network.folder, 'clone')
    await mkdir(repositories)
    await makeRepository(join(repositories, 'project'), REPOSITORY_MIB)
    const server = await GitServer.start(repositories)
    const through = ['-c', `http.proxy=socks5h://127.0.0.1:${proxyPort}`]
    const url = `http://127.0.0.1:${server.port}/project/.git`
    const cloning = run('git', [...through, 'clone', '--quiet', url, clone], { timeoutMs: TIMEOUT_MS })
    await expect
      .poll(() => server.bytesSent, { timeout: TIMEOUT_MS, interval: 10 })
      .toBeGreaterThan((REPOSITORY_MIB / 2) * MEBIBYTE)
    expect(server.bytesSent).toBeLessThan(REPOSITORY_MIB * MEBIBYTE)
    killOne()
    await cloning
    expect(await verifiedHead(clone)).toBe(await verifiedHead(join(repositories, 'project')))
    server.close()
  })

  it(`a resolver asks ${QUESTIONS} questions over UDP ASSOCIATE`, { timeout: TIMEOUT_MS }, async () => {
    const server = await DnsServer.start('www.example', '192.0.2.7')
    const app = await UdpApp.start(proxyPort, { host: '127.0.0.1', port: server.port })
    // What is lost with a path is asked again, as any resolver does.
    const resolver = new Resolver({ timeout: 500, tries: 10 })
    resolver.setServers([`127.0.0.1:${app.port}`])
    for (let question = 0; question < QUESTIONS; question += 1) {
      if (question === QUESTIONS / 2) killOne()
      expect(await resolver.resolve4('www.example')).toEqual(['192.0.2.7'])
    }
    expect(server.questions).toBeGreaterThanOrEqual(QUESTIONS)
    app.close()
    server.close()
  })
})
