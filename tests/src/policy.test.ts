import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { FootbridgeClient } from '@footbridge/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'

/** What DNS says at this egress. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'inside.example': ['10.1.2.3'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
}

const REFUSED_TARGETS: readonly [string, number][] = [
  ['127.0.0.1', 80],
  ['::1', 80],
  ['192.168.1.1', 443],
  ['inside.example', 80],
  ['mapped.example', 80],
  ['metadata.example', 80],
]

/** RFC 1928: connection not allowed by ruleset. */
const NOT_ALLOWED = 2
const HOST_UNREACHABLE = 4

describe('an egress that allows no private targets', () => {
  let network: TestNetwork
  let client: FootbridgeClient
  let proxyPort: number

  beforeAll(async () => {
    network = await TestNetwork.start({
      allowPrivateTargets: false,
      lookup: async (name) => NAMES[name] ?? [],
    })
    await network.addBridge()
    client = await network.addClient({ paths: 1 })
    proxyPort = (await client.listen({ host: '127.0.0.1', port: 0 })).port
  })

  afterAll(() => network.close())

  it.each(REFUSED_TARGETS)('refuses %s port %i: SOCKS reply 2, HTTP 403', async (host, port) => {
    expect(await socksReply(proxyPort, host, port)).toBe(NOT_ALLOWED)
    expect(await connectStatus(proxyPort, host, port)).toBe(403)
    expect(await getStatus(proxyPort, host, port)).toBe(403)
    await expect(client.open({ host, port })).rejects.toMatchObject({ code: 'not-allowed' })
  })

  it('refuses port 25 wherever it leads', async () => {
    expect(await socksReply(proxyPort, '192.0.2.1', 25)).toBe(NOT_ALLOWED)
  })

  it('tells a name that does not resolve from one that is not allowed', async () => {
    expect(await socksReply(proxyPort, 'nowhere.example', 80)).toBe(HOST_UNREACHABLE)
    expect(await connectStatus(proxyPort, 'nowhere.example', 80)).toBe(502)
  })
})

/** The reply to a SOCKS5 CONNECT by name. */
async function socksReply(proxyPort: number, host: string, port: number): Promise<number | undefined> {
  const socket = connect(proxyPort, '127.0.0.1')
  const name = Buffer.from(host)
  socket.write(Buffer.from([5, 1, 0]))
  await once(socket, 'data')
  socket.write(
    Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 0xff])]),
  )
  const [reply] = await once(socket, 'data')
  socket.destroy()
  return reply[1]
}

async function connectStatus(proxyPort: number, host: string, port: number): Promise<number> {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const connecting = request({ host: '127.0.0.1', port: proxyPort, method: 'CONNECT', path: authority })
  connecting.end()
  const [response, socket] = await once(connecting, 'connect')
  socket.destroy()
  return response.statusCode
}

async function getStatus(proxyPort: number, host: string, port: number): Promise<number> {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const getting = request({ host: '127.0.0.1', port: proxyPort, path: `http://${authority}/` })
  getting.end()
  const [response] = await once(getting, 'response')
  response.resume()
  return response.statusCode
}
