import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './server.test.helper.ts'

let server: TestServer
let token: string

beforeAll(async () => {
  server = await startTestServer()
  token = (await readFile(join(server.folder, 'state', 'probe.token'), 'utf8')).trim()
})
afterAll(() => server.close())

const get = (path: string): Promise<Response> => fetch(`${server.url}${path}`)
const report = (body: string, authorization = `Bearer ${token}`): Promise<Response> =>
  fetch(`${server.url}/v1/probes`, { method: 'POST', headers: { authorization }, body })
const statusOf = async (): Promise<{ condition: string; day: { whole: object } }> =>
  (await get('/status.json')).json() as never

describe('GET /status', () => {
  it('is a page without scripts or inline styles, under a policy that allows none', async () => {
    const response = await get('/status')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    const page = await response.text()
    expect(page).not.toMatch(/<script|<style| style=| on[a-z]+=/)
  })

  it('says so as long as nothing is known', async () => {
    const page = await (await get('/status')).text()
    expect(page).toContain(
      '<h1 id="condition"><span class="light" aria-hidden="true"></span>Nothing was measured',
    )
    expect(page).toContain('No data yet')
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('has its style from this server', async () => {
    const response = await get('/status.css')
    expect(response.headers.get('content-type')).toMatch('text/css')
  })
})

describe('POST /v1/probes', () => {
  it('takes the reports of probes that know the token, and shows them at once', async () => {
    expect((await statusOf()).condition).toBe('unknown')
    const body = JSON.stringify({ outcome: 'ok', connectMs: 321, bytesPerSecond: 4_500_000 })
    expect((await report(body)).status).toBe(204)
    expect(await statusOf()).toMatchObject({
      condition: 'working',
      roundedUpTo: 8,
      day: {
        whole: { probes: 1, success: 1, connectMs: { median: 321 }, bytesPerSecond: { median: 4_500_000 } },
      },
    })
    const page = await (await get('/status')).text()
    expect(page).toContain('People can cross.')
    expect(page).toContain('<p class="value">321 ms</p>')
    expect(page).toContain('<p class="value">4.5 MB/s</p>')
  })

  it.each(['', 'Bearer', 'Bearer nonsense', 'Basic nonsense'])('refuses "%s"', async (authorization) => {
    expect((await report('{"outcome":"failed"}', authorization)).status).toBe(401)
    expect((await statusOf()).day.whole).toMatchObject({ probes: 1 })
  })

  it.each([
    '',
    'nonsense',
    'null',
    '[]',
    '"ok"',
    '{}',
    '{"outcome":"<script>"}',
    '{"outcome":"ok","connectMs":-1}',
    '{"outcome":"ok","connectMs":1.5}',
    '{"outcome":"ok","connectMs":"1"}',
    '{"outcome":"ok","bytesPerSecond":1e300}',
    '{"outcome":"ok","connectMs":null}',
  ])('refuses the report %s', async (body) => {
    const response = await report(body)
    expect(response.status).toBe(400)
    expect(await response.text()).toMatch(/^[^\n]+malformed\.\n$/)
  })

  it('refuses a report that is too long', async () => {
    expect((await report(JSON.stringify({ outcome: 'ok', more: 'x'.repeat(2_000) }))).status).toBe(413)
  })
})
