import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  closeOf,
  connectApp,
  directDial,
  failingDial,
  startProxy,
  startTcpOrigin,
  take,
  takeAll,
  takeUntil,
} from './proxy.test.helper.ts'
import { ProxyPassword, readProxyPassword } from './proxy-password.ts'

const TEXT = 'correct: horse äöü'
const password = new ProxyPassword(TEXT)

function basic(text: string): string {
  return `Proxy-Authorization: Basic ${Buffer.from(`anybody:${text}`).toString('base64')}\r\n`
}

function login(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(1, 3), Buffer.from('any'), Buffer.of(bytes.length), bytes])
}

describe('a password', () => {
  it('admits who has it, byte for byte', () => {
    expect(password.admits(TEXT)).toBe(true)
    expect(password.admits(Buffer.from(TEXT))).toBe(true)
    fc.assert(fc.property(fc.string(), (text) => password.admits(text) === (text === TEXT)))
  })

  it('shows in nothing that is printed of it', () => {
    expect(`${password} ${JSON.stringify(password)}`).not.toContain('horse')
  })

  it.each(['', 'short', 'x'.repeat(256)])('may not be %j', (text) => {
    expect(() => new ProxyPassword(text)).toThrow(/12 to 255/)
  })

  it('is the first line of a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'footbridge-password-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'password'), `${TEXT}\nsomething else\n`)
    expect((await readProxyPassword(join(folder, 'password'))).admits(TEXT)).toBe(true)
    await expect(readProxyPassword(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('a proxy with a password', () => {
  it('lets SOCKS5 apps through that give it', async () => {
    const origin = await startTcpOrigin((socket) => socket.end('hello'))
    const app = connectApp(await startProxy(directDial, { password }))
    app.write(Buffer.concat([Buffer.of(5, 2, 0, 2), login(TEXT)]))
    expect([...(await take(app, 4))]).toEqual([5, 2, 1, 0])
    app.write(Buffer.of(5, 1, 0, 1, 127, 0, 0, 1, origin >> 8, origin & 255))
    expect((await take(app, 10))[1]).toBe(0)
    expect(String(await takeAll(app))).toBe('hello')
  })

  it.each([
    { what: 'who offer no login', bytes: Buffer.of(5, 1, 0), answer: [5, 255] },
    {
      what: 'who give another',
      bytes: Buffer.concat([Buffer.of(5, 1, 2), login('correct horse')]),
      answer: [5, 2, 1, 1],
    },
    { what: 'who give none', bytes: Buffer.concat([Buffer.of(5, 1, 2), login('')]), answer: [5, 2, 1, 1] },
    {
      what: 'who go on without a login',
      bytes: Buffer.of(5, 2, 0, 2, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80),
      answer: [5, 2, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0],
    },
  ])('turns SOCKS5 apps away $what', async ({ bytes, answer }) => {
    let dials = 0
    const dial: typeof directDial = (...request) => {
      dials += 1
      return directDial(...request)
    }
    const app = connectApp(await startProxy(dial, { password }))
    app.write(bytes)
    expect([...(await takeAll(app))]).toEqual(answer)
    expect(dials).toBe(0)
  })

  it('lets HTTP apps through that give it, and does not pass it on', async () => {
    let seen = ''
    const origin = await startTcpOrigin((socket) => {
      socket.on('data', (bytes) => {
        seen += bytes
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    const proxy = await startProxy(directDial, { password })
    const app = connectApp(proxy)
    app.write(
      `GET http://127.0.0.1:${origin}/ HTTP/1.1\r\nHost: x\r\n${basic(TEXT)}Connection: close\r\n\r\n`,
    )
    expect(String(await takeAll(app))).toMatch(/^HTTP\/1.1 200 /)
    expect(seen).not.toMatch(/authorization/i)
    const tunnel = connectApp(proxy)
    tunnel.write(`CONNECT 127.0.0.1:${origin} HTTP/1.1\r\nHost: x\r\n${basic(TEXT)}\r\n`)
    expect(await takeUntil(tunnel, '\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
  })

  it.each([
    '',
    basic('correct horse'),
    basic(''),
    'Proxy-Authorization: Basic !!!\r\n',
    `${basic(TEXT).replace('Basic', 'Bearer')}`,
  ])('turns HTTP apps away that say %j', async (header) => {
    const proxy = await startProxy(failingDial('refused'), { password })
    for (const request of [
      `GET http://x/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n`,
      `CONNECT x:80 HTTP/1.1\r\nHost: x\r\n${header}\r\n`,
      `GET http://x/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${header}\r\n`,
    ]) {
      const app = connectApp(proxy)
      app.write(request)
      const answer = String(await takeAll(app))
      expect(answer).toMatch(/^HTTP\/1.1 407 /)
      expect(answer).toContain('Proxy-Authenticate: Basic realm="Footbridge"')
    }
  })

  it('dials for nobody who sends any other bytes', async () => {
    let dials = 0
    const dial: typeof directDial = async () => {
      dials += 1
      throw new Error('somebody got in')
    }
    const proxy = await startProxy(dial, { password, handshakeTimeoutMs: 1_000 })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const app = connectApp(proxy)
        app.end(Buffer.concat([Buffer.of(5, 1, 2, 1), bytes]))
        app.resume()
        await closeOf(app)
      }),
      { numRuns: 50 },
    )
    expect(dials).toBe(0)
  })
})

describe('the PAC file', () => {
  it('leads programs on this machine to the proxy, and never past it', async () => {
    const proxy = await startProxy(failingDial('refused'), { password })
    const app = connectApp(proxy)
    app.write('GET /proxy.pac HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const [head = '', body = ''] = String(await takeAll(app)).split('\r\n\r\n')
    expect(head).toContain('Content-Type: application/x-ns-proxy-autoconfig')
    const script = body.slice(body.indexOf('function'), body.lastIndexOf('}') + 1)
    const find = new Function(`${script}; return FindProxyForURL`)()
    expect(find('https://example.org/', 'example.org')).toBe(`PROXY 127.0.0.1:${proxy.port}`)
    expect(find('http://localhost/', 'localhost')).toBe('DIRECT')
  })

  it('is the only thing that is given away', async () => {
    const proxy = await startProxy(failingDial('refused'), { password })
    const app = connectApp(proxy)
    app.write('GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await once(app, 'readable')
    expect(String(await takeAll(app))).toMatch(/^HTTP\/1.1 407 /)
  })
})
