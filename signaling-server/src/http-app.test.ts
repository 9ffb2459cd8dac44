import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validateDescriptor } from '@footbridge/shared'
import { createLog } from '@footbridge/shared/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EGRESS, OTHER_EGRESS, startTestServer, type TestServer } from './server.test.helper.ts'

let widgetDirectory: string
let server: TestServer
let bare: TestServer
const logged: string[] = []

beforeAll(async () => {
  widgetDirectory = await mkdtemp(join(tmpdir(), 'footbridge-widget-'))
  await writeFile(join(widgetDirectory, 'index.html'), '<!doctype html><title>Help</title>')
  await writeFile(join(widgetDirectory, 'bridge-widget.js'), 'export {}')
  await writeFile(join(widgetDirectory, 'frame.html'), '<!doctype html><title>Frame</title>')
  await writeFile(join(widgetDirectory, 'engine-ABCD2345.js'), 'export {}')
  await mkdir(join(widgetDirectory, 'folder'))
  const log = createLog('test', 'warn', { write: (line) => logged.push(line) })
  server = await startTestServer({}, { widgetDirectory, publicUrl: 'https://signaling.example.org', log })
  bare = await startTestServer({}, { widgetDirectory: join(widgetDirectory, 'nowhere'), egresses: [] })
})
afterAll(async () => {
  await Promise.all([server.close(), bare.close()])
  await rm(widgetDirectory, { recursive: true })
})

const get = (path: string): Promise<Response> => fetch(`${server.url}${path}`)

describe('GET /v1/network', () => {
  it('gives a valid descriptor, to any origin', async () => {
    const response = await get('/v1/network')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const network: unknown = await response.json()
    expect(validateDescriptor(network)).toEqual(network)
    expect(network).toMatchObject({
      version: 1,
      signaling: ['https://signaling.example.org'],
      egresses: [EGRESS, OTHER_EGRESS],
      stun: ['stun:stun.example.org:3478'],
    })
  })

  it('answers 503 as long as no egress is known', async () => {
    const response = await fetch(`${bare.url}/v1/network`)
    expect(response.status).toBe(503)
    expect(await response.text()).toBe('No egress is known yet: try again in a moment.\n')
  })
})

describe('health', () => {
  it('tells whether the server is alive, and whether it can serve', async () => {
    expect((await get('/healthz')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(200)
    expect((await fetch(`${bare.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${bare.url}/readyz`)).status).toBe(503)
  })
})

describe('the volunteer page', () => {
  it('is served under a strict content security policy', async () => {
    const response = await get('/')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch('text/html')
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; /,
    )
    expect(response.headers.get('content-security-policy')).toMatch(/; frame-ancestors 'none'$/)
    expect(response.headers.get('x-frame-options')).toBe('DENY')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect(response.headers.has('x-powered-by')).toBe(false)
    expect(await response.text()).toContain('<title>Help</title>')
  })

  it('is served without trouble', async () => {
    await (await get('/')).text()
    await get('/healthz')
    expect(logged).toEqual([])
  })

  it.each(['/widget/index.html', '/widget//index.html', '/widget/%69ndex.html'])(
    'runs nothing and is in no frame by way of %s',
    async (path) => {
      const response = await get(path)
      expect(response.headers.get('content-security-policy')).toBe(
        "default-src 'none'; frame-ancestors 'none'",
      )
      expect(response.headers.get('x-frame-options')).toBe('DENY')
    },
  )

  it('says what to do when the widget is not built', async () => {
    for (const path of ['/', '/widget/bridge-widget.js']) {
      const response = await fetch(`${bare.url}${path}`)
      expect(response.status).toBe(503)
      expect(await response.text()).toContain('npm run build')
    }
  })
})

describe('the frame', () => {
  it('may be embedded from anywhere, alone among pages, also by pages that isolate themselves', async () => {
    const response = await get('/widget/frame.html')
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<title>Frame</title>')
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; /,
    )
    expect(response.headers.get('content-security-policy')).toMatch(/; frame-ancestors \*$/)
    expect(response.headers.has('x-frame-options')).toBe(false)
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(response.headers.get('cache-control')).toBe('no-cache')
  })

  it.each([
    '/',
    '/status',
    '/v1/network',
    '/healthz',
    '/widget/bridge-widget.js',
    '/widget/missing',
    '/nothing',
  ])('is the only one: %s is in no frame', async (path) => {
    const { headers } = await get(path)
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/)
  })

  it.each(['/widget//frame.html', '/widget/%66rame.html'])('is in no frame by way of %s', async (path) => {
    const { headers } = await get(path)
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
    expect(headers.get('x-frame-options')).toBe('DENY')
  })
})

describe('widget files', () => {
  it('may be embedded from anywhere', async () => {
    const response = await get('/widget/bridge-widget.js')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch('text/javascript')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
  })

  it('are kept by browsers for good if their names tell what is in them', async () => {
    const { headers } = await get('/widget/engine-ABCD2345.js')
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  })

  it.each([
    '/widget/missing.js',
    '/widget/index.html',
    '/widget/folder',
    '/widget/',
    '/widget/%2e%2e%2fpackage.json',
    '/widget/%00',
    '/widget/%E0%A4%A',
    '/widget/0.1.0-0123456789abcdef/bridge-widget.js',
    '/widget/%2e%2e/ticket.key',
    '/v1/nothing',
    '/constructor',
  ])('are not found at %s, and nothing is told of the inside', async (path) => {
    const response = await get(path)
    expect([400, 403, 404]).toContain(response.status)
    const text = await response.text()
    expect(text).toMatch(/^[^\n]+\.\n$/)
    expect(text).not.toContain(widgetDirectory)
  })
})
