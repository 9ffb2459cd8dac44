import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer, request as httpsRequest } from 'node:https'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createAgent } from './agent.ts'
import type { Dial } from './dial.ts'
import { createDispatcher, createFetch } from './fetch.ts'
import {
  directDial,
  failingDial,
  makeCertificate,
  sha256,
  startOrigin,
  takeAll,
} from './proxy.test.helper.ts'

let certificate: { key: string; cert: string }
beforeAll(async () => {
  certificate = await makeCertificate()
})

const echo: RequestListener = (request, response) => void request.pipe(response)

async function startHttp(serve: RequestListener = echo): Promise<string> {
  return `http://localhost:${await startOrigin(createServer(serve))}/`
}

async function startHttps(serve: RequestListener = echo): Promise<string> {
  return `https://localhost:${await startOrigin(createTlsServer(certificate, serve))}/`
}

function fetchThrough(dial: Dial, tls = {}) {
  const dispatcher = createDispatcher(dial, tls)
  onTestFinished(() => dispatcher.destroy())
  return createFetch(dispatcher)
}

describe('fetch', () => {
  it.each(['http', 'https'])('carries 5 MB both ways unchanged over %s', async (scheme) => {
    const url = scheme === 'http' ? await startHttp() : await startHttps()
    const body = randomBytes(5_000_000)
    const response = await fetchThrough(directDial, { ca: certificate.cert })(url, { method: 'POST', body })
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(body))
  })

  it('keeps connections for more requests', async () => {
    const url = await startHttps()
    let dialled = 0
    const fetch = fetchThrough(
      (target, options) => {
        dialled++
        return directDial(target, options)
      },
      { ca: certificate.cert },
    )
    for (let count = 0; count < 10; count++) await (await fetch(url)).text()
    expect(dialled).toBeLessThan(3)
  })

  it('refuses an origin whose certificate nobody vouches for', async () => {
    const failed = fetchThrough(directDial)(await startHttps())
    await expect(failed).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
  })

  it("refuses a certificate of another name's", async () => {
    const url = new URL(await startHttps())
    url.hostname = '127.0.0.1'
    const failed = fetchThrough(directDial, { ca: certificate.cert })(url)
    await expect(failed).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
  })

  it("fails with the dial's error", async () => {
    const failed = fetchThrough(failingDial('no-bridge'))('http://example.org/')
    await expect(failed).rejects.toMatchObject({ name: 'FootbridgeError', code: 'no-bridge' })
  })

  it.each([
    ['http://example.org/', { host: 'example.org', port: 80 }],
    ['https://example.org/', { host: 'example.org', port: 443 }],
    ['http://[2001:db8::1]:8080/', { host: '2001:db8::1', port: 8080 }],
  ])('dials the target of %s', async (url, target) => {
    const targets: unknown[] = []
    const dial: Dial = (target, options) => {
      targets.push(target)
      return failingDial('refused')(target, options)
    }
    await expect(fetchThrough(dial)(url)).rejects.toThrow()
    const agent = createAgent(dial)
    const request = url.startsWith('https:') ? httpsRequest(url, { agent }) : httpRequest(url, { agent })
    const [error] = await once(request.end(), 'error')
    expect(error).toMatchObject({ code: 'refused' })
    expect(targets).toEqual([target, target])
  })
})

describe('the agent', () => {
  async function bodyOf(request: ReturnType<typeof httpRequest>): Promise<string> {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return String(await takeAll(response))
  }

  it('serves both http.request and https.request', async () => {
    const agent = createAgent(directDial, { ca: certificate.cert })
    const options = { agent, method: 'POST' }
    expect(await bodyOf(httpRequest(await startHttp(), options).end('plain'))).toBe('plain')
    expect(await bodyOf(httpsRequest(await startHttps(), options).end('secret'))).toBe('secret')
  })

  it('refuses an origin whose certificate nobody vouches for', async () => {
    const request = httpsRequest(await startHttps(), { agent: createAgent(directDial) })
    const [error] = await once(request.end(), 'error')
    expect(error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  it('carries a WebSocket over TLS', async () => {
    const server = createTlsServer(certificate)
    new WebSocketServer({ server }).on('connection', (socket) => {
      socket.on('message', (message) => socket.send(message))
    })
    const agent = createAgent(directDial, { ca: certificate.cert })
    const socket = new WebSocket(`wss://localhost:${await startOrigin(server)}/`, { agent })
    await once(socket, 'open')
    socket.send('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('hello')
    socket.terminate()
  })
})
