import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
} from 'node:http'
import { connect } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import type { ErrorCode } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  closeOf,
  connectApp,
  directDial,
  failingDial,
  hangingDial,
  makeCertificate,
  sha256,
  startOrigin,
  startProxy,
  startTcpOrigin,
  take,
  takeAll,
  takeUntil,
} from './proxy.test.helper.ts'

const HEAD_END = '\r\n\r\n'

async function startHttpOrigin(serve: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await startOrigin(createServer(serve))}`
}

/** Asks the proxy for `url` in absolute form. */
function ask(proxy: { port: number }, url: string, options: RequestOptions = {}) {
  return httpRequest({ host: '127.0.0.1', port: proxy.port, path: url, agent: false, ...options })
}

async function responseTo(request: ReturnType<typeof ask>): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

async function openTunnel(proxy: { port: number }, authority: string, early = '') {
  const app = connectApp(proxy)
  app.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}${HEAD_END}${early}`)
  expect(await takeUntil(app, HEAD_END)).toBe(`HTTP/1.1 200 Connection established${HEAD_END}`)
  return app
}

async function echoOverWebSocket(socket: WebSocket): Promise<void> {
  await once(socket, 'open')
  const message = randomBytes(100_000)
  socket.send(message)
  const [echo] = (await once(socket, 'message')) as [Buffer]
  expect(sha256(echo)).toBe(sha256(message))
  socket.close(4321)
  expect((await once(socket, 'close'))[0]).toBe(4321)
}

async function startWebSocketEcho(): Promise<number> {
  const server = createServer()
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (message) => socket.send(message))
  })
  return await startOrigin(server)
}

describe('CONNECT', () => {
  it('keeps what the app sent ahead and carries 5 MB both ways unchanged', async () => {
    const origin = await startTcpOrigin((socket) => socket.pipe(socket))
    const app = await openTunnel(await startProxy(), `localhost:${origin}`, 'sent ahead')
    const body = randomBytes(5_000_000)
    app.end(body)
    expect(sha256(await takeAll(app))).toBe(sha256(Buffer.concat([Buffer.from('sent ahead'), body])))
  })

  it('reaches a target by IPv6', async () => {
    const origin = await startTcpOrigin((socket) => socket.end('hello'), '::1')
    const app = await openTunnel(await startProxy(), `[::1]:${origin}`)
    expect(String(await takeAll(app))).toBe('hello')
  })

  it('passes on half-close both ways', async () => {
    const origin = await startTcpOrigin(async (socket) => {
      const question = await takeAll(socket)
      socket.end(`answer to ${question}`)
    })
    const app = await openTunnel(await startProxy(), `localhost:${origin}`)
    app.end('question')
    expect(String(await takeAll(app))).toBe('answer to question')
  })

  it("passes on the target's reset", async () => {
    const origin = await startTcpOrigin((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const app = await openTunnel(await startProxy(), `localhost:${origin}`)
    app.write('anything')
    app.resume()
    const [error] = await once(app, 'error')
    expect(error).toMatchObject({ code: 'ECONNRESET' })
  })

  it('leaves TLS to the app, which verifies the origin', async () => {
    const certificate = await makeCertificate()
    const origin = await startOrigin(createTlsServer(certificate, (socket) => socket.end('secret')))
    const socket = await openTunnel(await startProxy(), `localhost:${origin}`)
    const secure = connectTls({ socket, servername: 'localhost', ca: certificate.cert })
    expect(String(await takeAll(secure))).toBe('secret')
    expect(secure.authorized).toBe(true)
  })

  it('carries a WebSocket', async () => {
    const origin = await startWebSocketEcho()
    const tunnel = await openTunnel(await startProxy(), `127.0.0.1:${origin}`)
    const socket = new WebSocket(`ws://127.0.0.1:${origin}/`, { createConnection: () => tunnel })
    await echoOverWebSocket(socket)
  })

  it('stops dialling when the app goes', async () => {
    const { dial, dialled, aborted } = hangingDial()
    const app = connectApp(await startProxy(dial))
    app.write(`CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443${HEAD_END}`)
    await dialled
    app.resetAndDestroy()
    await aborted
  })

  it('closes on an app that did not wait for the answer before', async () => {
    const { dial } = hangingDial()
    const app = connectApp(await startProxy(dial))
    app.write(`GET http://example.org/ HTTP/1.1\r\nHost: example.org${HEAD_END}`)
    app.write(`CONNECT example.org:443 HTTP/1.1\r\nHost: example.org${HEAD_END}`)
    expect(await takeAll(app)).toHaveLength(0)
  })
})

describe('a request in absolute form', () => {
  it('reaches the origin in origin form, without hop-by-hop fields', async () => {
    const url = await startHttpOrigin((request, response) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2'])
      response.setHeader('Connection', 'close, X-Origin-Hop')
      response.setHeader('X-Origin-Hop', 'dropped')
      response.end(JSON.stringify({ url: request.url, raw: request.rawHeaders }))
    })
    const response = await responseTo(
      ask(await startProxy(), `${url}/a/../b?c=%20`, {
        headers: {
          Host: 'lies.example',
          Connection: 'keep-alive, X-App-Hop',
          'Proxy-Connection': 'keep-alive',
          'Proxy-Authorization': 'Basic c2VjcmV0',
          'Keep-Alive': 'timeout=5',
          'X-App-Hop': 'dropped',
          'X-Kept': ['one', 'two'],
        },
      }).end(),
    )
    const { url: path, raw } = JSON.parse(String(await takeAll(response)))
    expect(path).toBe('/a/../b?c=%20')
    expect(raw).toEqual(['Host', new URL(url).host, 'X-Kept', 'one', 'X-Kept', 'two', 'Connection', 'close'])
    expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(response.headers).not.toHaveProperty('via')
    expect(response.headers).not.toHaveProperty('x-origin-hop')
  })

  it('streams 5 MB both ways unchanged', async () => {
    const url = await startHttpOrigin((request, response) => request.pipe(response))
    const body = randomBytes(5_000_000)
    const request = ask(await startProxy(), url, { method: 'POST' })
    request.end(body)
    expect(sha256(await takeAll(await responseTo(request)))).toBe(sha256(body))
  })

  it('holds back a body that the origin does not read', async () => {
    const url = await startHttpOrigin(() => {})
    const request = ask(await startProxy(), url, { method: 'POST' })
    const chunk = Buffer.alloc(1_000_000)
    let taken = 0
    const write = () => request.write(chunk, () => (taken += chunk.length))
    for (let count = 0; count < 100; count++) write()
    // Everything that loopback takes is taken in far less than the time of a thousand turns.
    for (let turn = 0; turn < 1_000; turn++) await new Promise(setImmediate)
    expect(taken).toBeLessThan(50_000_000)
    request.on('error', () => {}).destroy()
  })

  it("keeps the app's connection for more requests, to several origins", async () => {
    const first = await startHttpOrigin((_request, response) => response.end('first'))
    const second = await startHttpOrigin((_request, response) => response.end('second'))
    const app = connectApp(await startProxy())
    for (const [url, body] of [
      [first, 'first'],
      [second, 'second'],
    ] as const) {
      app.write(`GET ${url}/ HTTP/1.1\r\nHost: x${HEAD_END}`)
      expect(await takeUntil(app, HEAD_END)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(String(await take(app, body.length))).toBe(body)
    }
  })

  it('passes on trailers both ways', async () => {
    const url = await startHttpOrigin(async (request, response) => {
      await takeAll(request)
      response.setHeader('Trailer', 'X-Sum')
      response.write('body')
      response.addTrailers({ 'X-Sum': String(request.trailers['x-app-sum']) })
      response.end()
    })
    const request = ask(await startProxy(), url, { method: 'POST', headers: { Trailer: 'X-App-Sum' } })
    request.write('body')
    request.addTrailers({ 'X-App-Sum': '42' })
    request.end()
    const response = await responseTo(request)
    await takeAll(response)
    expect(response.trailers).toEqual({ 'x-sum': '42' })
  })

  it('lets the origin ask for the body', async () => {
    const url = await startHttpOrigin((request, response) => request.pipe(response))
    const request = ask(await startProxy(), url, { method: 'PUT', headers: { Expect: '100-continue' } })
    request.flushHeaders()
    await once(request, 'continue')
    request.end('body')
    expect(String(await takeAll(await responseTo(request)))).toBe('body')
  })

  it('answers HEAD without a body', async () => {
    const url = await startHttpOrigin((_request, response) => response.setHeader('Content-Length', 5).end())
    const response = await responseTo(ask(await startProxy(), url, { method: 'HEAD' }).end())
    expect(response.headers['content-length']).toBe('5')
    expect(await takeAll(response)).toHaveLength(0)
  })

  it('passes on an upgrade to WebSocket', async () => {
    const [origin, proxy] = [await startWebSocketEcho(), await startProxy()]
    const socket = new WebSocket(`ws://127.0.0.1:${origin}/`, {
      createConnection: () => connect(proxy.port, '127.0.0.1'),
      finishRequest: (request) => {
        request.path = `http://127.0.0.1:${origin}/`
        request.end()
      },
    })
    await echoOverWebSocket(socket)
  })

  it('passes on the answer of an origin that does not upgrade, however long', async () => {
    const body = randomBytes(5_000_000)
    const url = await startHttpOrigin((_request, response) => response.end(body))
    const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' }
    const response = await responseTo(ask(await startProxy(), url, { headers }).end())
    expect(response.statusCode).toBe(200)
    expect(sha256(await takeAll(response))).toBe(sha256(body))
  })

  it('cuts the app off when the origin breaks off its answer', async () => {
    let breakOff = () => {}
    const origin = await startTcpOrigin((socket) => {
      breakOff = () => socket.resetAndDestroy()
      socket.write(`HTTP/1.1 200 OK${HEAD_END}half an answer`)
    })
    const app = connectApp(await startProxy())
    app.write(`GET http://127.0.0.1:${origin}/ HTTP/1.0${HEAD_END}`)
    await takeUntil(app, 'half an answer')
    breakOff()
    app.resume()
    const [error] = await once(app, 'error')
    expect(error).toMatchObject({ code: 'ECONNRESET' })
  })

  it('gives the origin up when the app goes before the answer or within it', async () => {
    const closes: Promise<unknown>[] = []
    const url = await startHttpOrigin((request, response) => {
      closes.push(once(response, 'close'))
      if (request.url === '/within') response.write('begin')
      else app.destroy()
    })
    const proxy = await startProxy()
    const app = ask(proxy, `${url}/before`)
    await closeOf(app.end())
    const late = ask(proxy, `${url}/within`)
    const response = await responseTo(late.end())
    await closeOf(response.destroy())
    await Promise.all(closes)
    expect(closes).toHaveLength(2)
  })
})

describe('a request that cannot be served', () => {
  const answers: [ErrorCode, number][] = [
    ['not-allowed', 403],
    ['refused', 502],
    ['unreachable', 502],
    ['unknown-host', 502],
    ['reset', 502],
    ['timeout', 504],
    ['no-bridge', 503],
    ['session-lost', 503],
    ['unavailable', 503],
    ['limit', 503],
    ['protocol', 502],
  ]
  it.each(answers)('is answered when the dial fails: %s gives %i', async (code, status) => {
    const proxy = await startProxy(failingDial(code))
    const request = ask(proxy, 'http://example.org/', { method: 'POST' })
    request.end(Buffer.alloc(1_000_000))
    const response = await responseTo(request)
    expect(response.statusCode).toBe(status)
    expect(String(await takeAll(response))).toMatch(/^[A-Z][^\n]+\.\n$/)
    const app = connectApp(proxy)
    app.write(`CONNECT example.org:443 HTTP/1.1\r\nHost: example.org${HEAD_END}`)
    expect(String(await takeAll(app))).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]+\\.\\n$`))
  })

  it.each([
    { what: 'a URL with https://', head: 'GET https://example.org/ HTTP/1.1\r\nHost: example.org' },
    { what: 'a path alone', head: 'GET / HTTP/1.1\r\nHost: 127.0.0.1' },
    { what: 'CONNECT without a port', head: 'CONNECT example.org HTTP/1.1\r\nHost: example.org' },
    { what: 'no HTTP', head: 'hello' },
    {
      what: 'an upgrade with a body',
      head: 'POST http://example.org/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 1',
    },
  ])('is answered with 400: $what', async ({ head }) => {
    const app = connectApp(await startProxy(failingDial('not-allowed')))
    app.write(head + HEAD_END)
    expect(await takeUntil(app, '\r\n')).toBe('HTTP/1.1 400 Bad Request\r\n')
  })

  it('is answered with 502 when the origin does not speak HTTP', async () => {
    const origin = await startTcpOrigin((socket) => socket.end('220 mail ready\r\n'))
    const response = await responseTo(ask(await startProxy(), `http://127.0.0.1:${origin}/`).end())
    expect(response.statusCode).toBe(502)
  })

  it('is answered with 431 when its head is too long', async () => {
    const app = connectApp(await startProxy())
    app.write(`GET http://example.org/ HTTP/1.1\r\nX-Long: ${'x'.repeat(70_000)}`)
    expect(await takeUntil(app, '\r\n')).toContain(' 431 ')
  })

  it('is answered with 408 when its head dribbles in', async () => {
    const app = connectApp(await startProxy(directDial, { handshakeTimeoutMs: 100 }))
    app.write('GET http://example.org/ HTTP/1.1\r\n')
    const dribble = setInterval(() => app.write('X: y\r\n'), 50)
    app.on('error', () => {})
    expect(await takeUntil(app, '\r\n')).toContain(' 408 ')
    clearInterval(dribble)
  })
})
