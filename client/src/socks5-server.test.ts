import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import {
  closeOf,
  connectApp,
  directDial,
  failingDial,
  hangingDial,
  sha256,
  startProxy,
  startTcpOrigin,
  take,
  takeAll,
} from './proxy.test.helper.ts'
import { Reply } from './socks5.ts'

const GREETING = [5, 1, 0]
const SUCCEEDED = [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

function requestByName(host: string, port: number): number[] {
  return [5, 1, 0, 3, host.length, ...Buffer.from(host), port >> 8, port & 0xff]
}

/** Opens a tunnel the way a polite app does, one message after the other. */
async function openTunnel(proxy: { port: number }, port: number): Promise<Socket> {
  const app = connectApp(proxy)
  app.write(Uint8Array.from(GREETING))
  expect([...(await take(app, 2))]).toEqual([5, 0])
  app.write(Uint8Array.from(requestByName('localhost', port)))
  expect([...(await take(app, 10))]).toEqual([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return app
}

describe('a SOCKS5 tunnel', () => {
  it.each([
    { kind: 'IPv4', listen: '127.0.0.1', address: [1, 127, 0, 0, 1] },
    { kind: 'IPv6', listen: '::1', address: [4, ...Array(15).fill(0), 1] },
    { kind: 'domain', listen: '127.0.0.1', address: [3, 9, ...Buffer.from('localhost')] },
  ])('leads to a target by $kind and keeps what the app sent ahead', async ({ listen, address }) => {
    const origin = await startTcpOrigin((socket) => socket.pipe(socket), listen)
    const app = connectApp(await startProxy())
    app.write(Uint8Array.from([...GREETING, 5, 1, 0, ...address, origin >> 8, origin & 0xff]))
    app.end('sent ahead')
    expect(await takeAll(app)).toEqual(Buffer.from([...SUCCEEDED, ...Buffer.from('sent ahead')]))
  })

  it('works when every byte comes alone', async () => {
    const origin = await startTcpOrigin((socket) => socket.end('hello'))
    const app = connectApp(await startProxy()).setNoDelay()
    for (const byte of [...GREETING, ...requestByName('localhost', origin)]) {
      app.write(Uint8Array.of(byte))
      await new Promise(setImmediate)
    }
    expect(await takeAll(app)).toEqual(Buffer.from([...SUCCEEDED, ...Buffer.from('hello')]))
  })

  it('carries 5 MB both ways unchanged', async () => {
    const origin = await startTcpOrigin((socket) => socket.pipe(socket))
    const app = await openTunnel(await startProxy(), origin)
    const body = randomBytes(5_000_000)
    app.end(body)
    expect(sha256(await takeAll(app))).toBe(sha256(body))
  })

  it("passes on the app's half-close while the reply goes on", async () => {
    const origin = await startTcpOrigin(async (socket) => {
      const question = await takeAll(socket)
      socket.end(`answer to ${question}`)
    })
    const app = await openTunnel(await startProxy(), origin)
    app.end('question')
    expect(String(await takeAll(app))).toBe('answer to question')
  })

  it("passes on the target's half-close while the app goes on", async () => {
    let received: Promise<Buffer> | undefined
    const origin = await startTcpOrigin((socket) => {
      socket.end('bye')
      received = takeAll(socket)
    })
    const app = await openTunnel(await startProxy(), origin)
    expect(String(await takeAll(app))).toBe('bye')
    app.end('one more thing')
    expect(String(await received)).toBe('one more thing')
  })

  it("passes on the target's reset", async () => {
    const origin = await startTcpOrigin((socket) => {
      socket.once('data', () => socket.resetAndDestroy())
    })
    const app = await openTunnel(await startProxy(), origin)
    app.write('anything')
    app.resume()
    const [error] = await once(app, 'error')
    expect(error).toMatchObject({ code: 'ECONNRESET' })
  })

  it("destroys the dialled stream at the app's reset", async () => {
    const origin = await startTcpOrigin(() => {})
    const streams: Duplex[] = []
    const proxy = await startProxy(async (target, options) => {
      const stream = await directDial(target, options)
      streams.push(stream)
      return stream
    })
    const app = await openTunnel(proxy, origin)
    const closed = streams.map(closeOf)
    app.resetAndDestroy()
    await Promise.all(closed)
    expect(streams[0]?.errored).toMatchObject({ code: 'ECONNRESET' })
  })
})

describe('a SOCKS5 request that fails', () => {
  const replies: [ErrorCode, Reply][] = [
    ['not-allowed', Reply.notAllowed],
    ['no-bridge', Reply.networkUnreachable],
    ['session-lost', Reply.networkUnreachable],
    ['unavailable', Reply.networkUnreachable],
    ['unreachable', Reply.hostUnreachable],
    ['unknown-host', Reply.hostUnreachable],
    ['refused', Reply.connectionRefused],
    ['timeout', Reply.timedOut],
    ['reset', Reply.generalFailure],
    ['limit', Reply.generalFailure],
    ['closed', Reply.generalFailure],
  ]
  it.each(replies)('answers %s with reply %i and closes', async (code, reply) => {
    const app = connectApp(await startProxy(failingDial(code)))
    app.write(Uint8Array.from([...GREETING, ...requestByName('example.org', 80)]))
    expect([...(await takeAll(app))]).toEqual([5, 0, 5, reply, 0, 1, 0, 0, 0, 0, 0, 0])
  })

  it.each([
    { what: 'BIND', request: [5, 2, 0, 1, 127, 0, 0, 1, 0, 80], reply: Reply.commandNotSupported },
    { what: 'UDP ASSOCIATE', request: [5, 3, 0, 1, 0, 0, 0, 0, 0, 1], reply: Reply.commandNotSupported },
    {
      what: 'an unknown address type',
      request: [5, 1, 0, 2, 1, 2, 3, 4],
      reply: Reply.addressTypeNotSupported,
    },
    { what: 'port 0', request: [5, 1, 0, 1, 127, 0, 0, 1, 0, 0], reply: Reply.generalFailure },
    { what: 'another version', request: [6, 1, 0], reply: Reply.generalFailure },
  ])('answers $what with reply $reply and closes', async ({ request, reply }) => {
    const app = connectApp(await startProxy())
    app.write(Uint8Array.from([...GREETING, ...request]))
    expect([...(await takeAll(app))]).toEqual([5, 0, 5, reply, 0, 1, 0, 0, 0, 0, 0, 0])
  })

  it('refuses an app that insists on a password', async () => {
    const app = connectApp(await startProxy())
    app.write(Uint8Array.of(5, 1, 2))
    expect([...(await takeAll(app))]).toEqual([5, 0xff])
  })

  it('closes on an app that does not finish its handshake in time', async () => {
    const app = connectApp(await startProxy(directDial, { handshakeTimeoutMs: 50 }))
    app.write(Uint8Array.from([...GREETING, 5, 1]))
    expect([...(await takeAll(app))]).toEqual([5, 0])
  })

  it.each(['end', 'resetAndDestroy'] as const)("stops dialling at the app's %s", async (leave) => {
    const { dial, dialled, aborted } = hangingDial()
    const app = connectApp(await startProxy(dial))
    app.write(Uint8Array.from([...GREETING, ...requestByName('example.org', 443)]))
    expect(await dialled).toEqual({ host: 'example.org', port: 443 })
    app[leave]()
    await aborted
  })
})
