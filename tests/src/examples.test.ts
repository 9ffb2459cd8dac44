import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from './chromium.ts'
import { DnsServer } from './dns-server.test.helper.ts'
import { GitServer, makeRepository, verifiedHead } from './git-server.test.helper.ts'
import { TestNetwork } from './network.test.helper.ts'
import { Origin } from './origin.test.helper.ts'
import { run } from './run.test.helper.ts'
import { SshServer } from './ssh-server.test.helper.ts'

const EXAMPLES = new URL('../../client/examples/', import.meta.url)
const RUN_TYPESCRIPT = ['--conditions=@footbridge/source', '--import', 'tsx']
/** A name that only the egress knows: who reaches it came through the network. */
const HOST = 'site.example'

let network: TestNetwork
let origin: Origin
/** Examples that were run. */
const seen = new Set<string>()

beforeAll(async () => {
  origin = await Origin.start()
  const known = new Map([
    [HOST, ['127.0.0.1']],
    ['localhost', ['127.0.0.1']],
  ])
  network = await TestNetwork.start({ lookup: async (name) => known.get(name) ?? [] })
  await network.addBridge()
})

afterAll(async () => {
  await network.close()
  origin.close()
})

/** Runs an example as a person would, and gives what it prints. */
function example(
  name: string,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<string> {
  seen.add(name)
  const descriptor = `${network.signaling.url}/v1/network`
  const file = new URL(name, EXAMPLES).pathname
  return run(process.execPath, [...RUN_TYPESCRIPT, file, descriptor, ...args], {
    ...(environment && { environment }),
  })
}

describe('the example', () => {
  it('undici.ts gets a page over TLS', async () => {
    const ca = join(network.folder, 'ca.pem')
    await writeFile(ca, origin.certificate)
    const trusting = { NODE_EXTRA_CA_CERTS: ca }
    expect(await example('undici.ts', [`https://localhost:${origin.https}/page`], trusting)).toBe(
      '200 you asked for /page',
    )
  })

  it('axios.ts gets a page', async () => {
    expect(await example('axios.ts', [`http://${HOST}:${origin.http}/page`])).toBe('200 you asked for /page')
  })

  it('websocket.ts says hello and is answered', async () => {
    expect(await example('websocket.ts', [`ws://${HOST}:${origin.http}/`])).toBe('hello')
  })

  it('dns.ts finds an address', async () => {
    const server = await DnsServer.start('www.example', '192.0.2.7')
    expect(await example('dns.ts', [`${HOST}:${server.port}`, 'www.example'])).toBe('192.0.2.7')
    server.close()
  })

  it('git-clone.ts clones a repository', async () => {
    const repositories = join(network.folder, 'repositories')
    const clone = join(network.folder, 'clone')
    await run('mkdir', [repositories])
    await makeRepository(join(repositories, 'project'), 3)
    const server = await GitServer.start(repositories)
    await example('git-clone.ts', [`http://${HOST}:${server.port}/project/.git`, clone])
    server.close()
    expect(await verifiedHead(clone)).toBe(await verifiedHead(join(repositories, 'project')))
  })

  it('ssh.ts runs a command elsewhere', async () => {
    const server = await SshServer.start(network.folder)
    expect(await example('ssh.ts', [...server.options, HOST, 'echo "it is $SSH_CONNECTION"'])).toContain(
      'it is 127.0.0.1',
    )
    await server.close()
  })

  it('browse.ts shows a page', async () => {
    const text = await example('browse.ts', [`http://${HOST}:${origin.http}/page`, findChromium()])
    expect(text).toBe('you asked for /page')
  })
})

it('leaves no example out', async () => {
  const files = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.ts'))
  expect([...seen].sort()).toEqual(files.sort())
})
