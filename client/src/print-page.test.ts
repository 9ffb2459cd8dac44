import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Dial } from './dial.ts'
import { createDispatcher, createFetch } from './fetch.ts'
import { parsePageUrl, printPage } from './print-page.ts'
import { directDial, failingDial, makeCertificate, startOrigin } from './proxy.test.helper.ts'

const { signal } = new AbortController()

async function print(url: string, dial: Dial = directDial): Promise<string> {
  const dispatcher = createDispatcher(dial)
  onTestFinished(() => dispatcher.destroy())
  const out = new PassThrough()
  await printPage(createFetch(dispatcher), parsePageUrl(url), out, signal)
  return await text(out.end())
}

describe('printing a page', () => {
  it('writes what the site answers', async () => {
    const port = await startOrigin(createServer((_, response) => response.end('hello')))
    expect(await print(`http://127.0.0.1:${port}/`)).toBe('hello')
  })

  it.each(['refused', 'unknown-host', 'not-allowed', 'no-bridge'] as const)(
    'tells that a dial failed with %s',
    async (code) => {
      const printing = print('http://example.org/', failingDial(code))
      await expect(printing).rejects.toMatchObject({ code, message: 'the dial failed' })
    },
  )

  it('tells by its code what else went wrong', async () => {
    const port = await startOrigin(createTlsServer(await makeCertificate()))
    await expect(print(`https://localhost:${port}/`)).rejects.toThrow(/DEPTH_ZERO_SELF_SIGNED_CERT/)
  })

  it('fails when the site does', async () => {
    const port = await startOrigin(createServer((_, response) => response.writeHead(404).end()))
    await expect(print(`http://127.0.0.1:${port}/`)).rejects.toThrow(/HTTP status 404/)
  })

  it.each(['ftp://example.org/', 'file:///etc/hosts', 'data:,x', 'example.org', ''])(
    'calls %j wrong usage',
    (url) => {
      expect(() => parsePageUrl(url)).toThrow(expect.objectContaining({ code: 'usage' }))
    },
  )
})
