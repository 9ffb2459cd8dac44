import { once } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  closeOf,
  connectApp,
  directDial,
  failingDial,
  startProxy,
  startTcpOrigin,
  takeAll,
} from './proxy.test.helper.ts'

describe('a proxy server', () => {
  it('tells where it listens and refuses a port that is taken', async () => {
    const { host, port } = await startProxy()
    expect(host).toBe('127.0.0.1')
    await expect(startProxy(directDial, { port })).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('refuses SOCKS 4 in its own words', async () => {
    const app = connectApp(await startProxy())
    app.write(Uint8Array.of(4, 1, 0, 80, 127, 0, 0, 1, 0))
    expect([...(await takeAll(app))]).toEqual([0, 91, 0, 0, 0, 0, 0, 0])
  })

  it('closes on an app that says nothing', async () => {
    const app = connectApp(await startProxy(directDial, { handshakeTimeoutMs: 50 }))
    expect(await takeAll(app)).toHaveLength(0)
  })

  it('takes no more connections once it closes, and resets what is open still', async () => {
    const origin = await startTcpOrigin(() => {})
    const proxy = await startProxy(directDial, { closeGraceMs: 20 })
    const app = connectApp(proxy)
    app.write(`CONNECT localhost:${origin} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await once(app, 'data')
    const closed = proxy.close()
    const [error] = await once(app, 'error')
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    await closed
    const [refused] = await once(connectApp(proxy), 'error')
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('lets open connections end by themselves while it closes', async () => {
    const origin = await startTcpOrigin((socket) => socket.pipe(socket))
    const proxy = await startProxy(directDial, { closeGraceMs: 10_000 })
    const app = connectApp(proxy)
    app.write(`CONNECT localhost:${origin} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await once(app, 'data')
    const closed = proxy.close()
    app.end('the rest')
    expect(String(await takeAll(app))).toBe('the rest')
    await closed
  })
})

describe('any bytes at all', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.uint8Array({ maxLength: 400 }).map((rest) => Uint8Array.of(5, 1, 0, ...rest)),
    fc.uint8Array({ maxLength: 400 }).map((rest) => Uint8Array.of(5, 1, 0, 5, 1, 0, ...rest)),
    fc
      .string({ unit: 'binary-ascii', maxLength: 400 })
      .map((rest) => Buffer.from(`GET http://${rest}\r\n\r\n`)),
    fc.string({ unit: 'binary-ascii', maxLength: 400 }).map((rest) => Buffer.from(`CONNECT ${rest}\r\n\r\n`)),
  )

  it('end in an answer or a close when the app ends its side', async () => {
    const proxy = await startProxy(failingDial('unknown-host'))
    await fc.assert(
      fc.asyncProperty(bytes, async (bytes) => {
        const app = connectApp(proxy).resume()
        app.end(bytes)
        await closeOf(app)
      }),
      { numRuns: 200 },
    )
  })

  it('end in an answer or a close when the app waits', async () => {
    const proxy = await startProxy(failingDial('unknown-host'), { handshakeTimeoutMs: 100 })
    await Promise.all(
      fc.sample(bytes, 100).map(async (bytes) => {
        const app = connectApp(proxy)
        app.write(bytes)
        await Promise.race([once(app, 'data'), once(app.resume(), 'end')])
      }),
    )
  })
})
