import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { connect, Socket } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import type { FootbridgeClient } from '@footbridge/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { VolunteerTab } from './chromium-bridge.test.helper.ts'
import { TestNetwork } from './network.test.helper.ts'
import { hashOfDownload, Origin } from './origin.test.helper.ts'

/** The size of the large transfers, in MiB. */
const LARGE = 24

const BRIDGES: readonly [string, (network: TestNetwork) => Promise<{ close(): Promise<void> }>][] = [
  ['a headless bridge', (network) => network.addBridge()],
  ['a volunteer’s Chromium tab', (network) => VolunteerTab.open(network)],
]

describe.each(BRIDGES)('through %s', (_, addBridge) => {
  let network: TestNetwork
  let origin: Origin
  let bridge: { close(): Promise<void> }
  let client: FootbridgeClient
  let proxyPort: number

  beforeAll(async () => {
    ;[network, origin] = await Promise.all([TestNetwork.start(), Origin.start()])
    bridge = await addBridge(network)
    client = await network.addClient({ paths: 1 })
    proxyPort = (await client.listen({ host: '127.0.0.1', port: 0 })).port
  })

  afterAll(async () => {
    await bridge.close()
    await network.close()
    origin.close()
  })

  it(`downloads ${LARGE} MiB unchanged`, async () => {
    const response = await client.fetch(`http://127.0.0.1:${origin.http}/bytes/${LARGE}`)
    const hash = createHash('sha256')
    for await (const bytes of response.body ?? []) hash.update(bytes)
    expect(hash.digest('hex')).toBe(hashOfDownload(LARGE))
  })

  it(`uploads ${LARGE} MiB unchanged`, async () => {
    const block = randomBytes(1_048_576)
    const hash = createHash('sha256')
    const body = Readable.from(
      (function* () {
        for (let index = 0; index < LARGE; index += 1) {
          hash.update(block)
          yield block
        }
      })(),
    )
    const response = await client.fetch(`http://127.0.0.1:${origin.http}/hash`, {
      method: 'PUT',
      body,
      duplex: 'half',
    })
    expect(await response.text()).toBe(hash.digest('hex'))
  })

  it('serves curl by SOCKS5 and by HTTP, with the certificate checked by curl itself', async () => {
    const ca = join(network.folder, 'ca.pem')
    await writeFile(ca, origin.certificate)
    const socks = ['-x', `socks5h://127.0.0.1:${proxyPort}`]
    const http = ['-x', `http://127.0.0.1:${proxyPort}`]
    expect(await curl(...socks, `http://127.0.0.1:${origin.http}/file`)).toBe('you asked for /file')
    expect(await curl(...http, `http://127.0.0.1:${origin.http}/file`)).toBe('you asked for /file')
    const secure = `https://localhost:${origin.https}/file`
    expect(await curl(...http, '--cacert', ca, secure)).toBe('you asked for /file')
    expect(await curl(...socks, '--cacert', ca, secure)).toBe('you asked for /file')
    await expect(curl(...http, secure)).rejects.toMatchObject({ code: 60 })
  })

  it('carries 200 streams at once', async () => {
    const streams = Array.from({ length: 200 }, async (_, index) => {
      const { readable, writable } = await client.open({ host: '127.0.0.1', port: origin.echo })
      const sent = Buffer.alloc(20_000, index)
      const writer = writable.getWriter()
      await writer.write(sent)
      await writer.close()
      return (await buffer(readable)).equals(sent)
    })
    expect(await Promise.all(streams)).toEqual(Array.from({ length: 200 }, () => true))
  })

  it('lets the answer come after the request’s half-close', async () => {
    const { readable, writable } = await client.open({ host: '127.0.0.1', port: origin.count })
    const writer = writable.getWriter()
    await writer.write(new Uint8Array(100_000))
    await writer.close()
    expect(await text(readable)).toBe('100000')
  })

  it('half-closes through the local proxy too', async () => {
    const socket = await tunnel(proxyPort, origin.count)
    socket.end(Buffer.alloc(100_000))
    expect(await text(socket)).toBe('100000')
  })

  it('resets the target when the app aborts', async () => {
    const before = origin.resets
    const { readable, writable } = await client.open({ host: '127.0.0.1', port: origin.echo })
    const writer = writable.getWriter()
    await writer.write(Uint8Array.of(1))
    const reader = readable.getReader()
    expect(await reader.read()).toMatchObject({ value: Uint8Array.of(1) })
    await writer.abort()
    await expect.poll(() => origin.resets).toBe(before + 1)
  })

  it('resets the app when the target resets', async () => {
    const socket = await tunnel(proxyPort, origin.rude)
    await once(socket, 'data')
    socket.write('going on')
    await expect(once(socket, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it.each([
    ['the local proxy', async () => ({ createConnection: tunnelled(await tunnel(proxyPort, origin.http)) })],
    ['the library’s agent', async () => ({ agent: client.agent })],
  ])('carries a WebSocket through %s', async (_, options) => {
    const socket = new WebSocket(`ws://127.0.0.1:${origin.http}/`, await options())
    await once(socket, 'open')
    const message = randomBytes(300_000)
    socket.send(message)
    const [echo] = await once(socket, 'message')
    expect(message.equals(echo)).toBe(true)
    socket.close()
    await once(socket, 'close')
  })

  it('leaves TLS to the app, end to end', async () => {
    const socket = await tunnel(proxyPort, origin.https)
    const secure = connectTls({ socket, ca: origin.certificate, servername: 'localhost' })
    await once(secure, 'secureConnect')
    expect(secure.authorized).toBe(true)
    secure.end('GET /inside HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    expect(await text(secure)).toContain('you asked for /inside')
  })
})

/** A tunnel by HTTP CONNECT. */
async function tunnel(proxyPort: number, targetPort: number): Promise<Socket> {
  const connecting = request({
    host: '127.0.0.1',
    port: proxyPort,
    method: 'CONNECT',
    path: `127.0.0.1:${targetPort}`,
  })
  connecting.end()
  const [response, socket, head] = await once(connecting, 'connect')
  expect(response.statusCode).toBe(200)
  socket.unshift(head)
  return socket
}

/** For a program that wants to open its connection itself. */
function tunnelled(socket: Socket): typeof connect {
  return () => socket
}

/** Runs curl; rejects with its exit status as `code`. */
function curl(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('curl', ['--silent', '--show-error', '--max-time', '20', ...args], (error, out) =>
      error === null ? resolve(out) : reject(error),
    )
  })
}
