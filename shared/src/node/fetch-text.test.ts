import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchText } from '../fetch-text.ts'

const LIMITS = { maxBytes: 10, timeoutMs: 5_000 }

let server: Server
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('fetchText', () => {
  it('gives the text, up to its limit', async () => {
    const url = await serve((_request, response) => response.end('grün 1234'))
    expect(await fetchText(url, LIMITS)).toBe('grün 1234')
  })

  it('refuses more than its limit, however it comes', async () => {
    const url = await serve((_request, response) => {
      response.write('123456')
      response.write('123456')
    })
    await expect(fetchText(url, LIMITS)).rejects.toMatchObject({ code: 'too-large' })
  })

  it.each([
    ['another status than success', 404, {}],
    ['a redirect', 302, { location: '/elsewhere' }],
  ])('refuses %s', async (_name, status, headers) => {
    const url = await serve((request, response) => {
      if (request.url === '/') response.writeHead(status, headers)
      response.end('text')
    })
    await expect(fetchText(url, LIMITS)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('ends by its deadline, also in the middle of the text', async () => {
    const url = await serve((_request, response) => response.write('1'))
    await expect(fetchText(url, { ...LIMITS, timeoutMs: 50 })).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('ends when it is given up', async () => {
    const giveUp = new AbortController()
    const url = await serve(() => giveUp.abort())
    await expect(fetchText(url, { ...LIMITS, signal: giveUp.signal })).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  it('does not name a server that cannot be reached', async () => {
    const url = await serve(() => {})
    server.close()
    await once(server, 'close')
    const error = await fetchText(url, LIMITS).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(String(error)).not.toContain('127.0.0.1')
    expect(error).not.toHaveProperty('cause')
  })
})
