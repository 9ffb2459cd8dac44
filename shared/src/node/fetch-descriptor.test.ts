import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../bytes.ts'
import { MAX_DESCRIPTOR_CHARS, PROTOCOL_VERSION } from '../constants.ts'
import { fetchDescriptor } from '../fetch-descriptor.ts'

const KEY = encodeBase64Url(new Uint8Array(32).fill(1))
const DESCRIPTOR = {
  version: PROTOCOL_VERSION,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'e', url: 'https://egress.example', publicKey: KEY }],
  stun: [],
  ticketKey: KEY,
}

describe('fetchDescriptor', () => {
  const { signal } = new AbortController()
  let server: Server

  const serve = async (answer: RequestListener): Promise<string> => {
    server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/network`
  }
  afterEach(() => {
    server.close()
    server.closeAllConnections()
  })

  it('gives the descriptor that a server has', async () => {
    const url = await serve((_, response) => response.end(JSON.stringify(DESCRIPTOR)))
    expect(await fetchDescriptor(url, signal)).toEqual(DESCRIPTOR)
  })

  it('refuses what is no descriptor', async () => {
    const url = await serve((_, response) => response.end('<html>'))
    await expect(fetchDescriptor(url, signal)).rejects.toMatchObject({ code: 'malformed' })
  })

  it('stops reading an answer without an end', async () => {
    const url = await serve((_, response) => {
      const more = () => {
        while (response.write('x'.repeat(MAX_DESCRIPTOR_CHARS / 4)));
      }
      response.on('drain', more)
      more()
    })
    await expect(fetchDescriptor(url, signal)).rejects.toMatchObject({ code: 'too-large' })
  })

  it('says what the server answers instead', async () => {
    const url = await serve((_, response) => response.writeHead(404).end())
    const fetching = fetchDescriptor(url, signal)
    await expect(fetching).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/404$/),
    })
  })

  it('names no server that it cannot reach', async () => {
    const url = await serve(() => {})
    server.close()
    const error: Error = await fetchDescriptor(url, signal).then(
      () => expect.fail('it was reached'),
      (error) => error,
    )
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(`${error.stack} ${error.cause}`).not.toContain('127.0.0.1')
  })

  it('stops waiting when its caller does', async () => {
    const stopping = new AbortController()
    const url = await serve(() => stopping.abort())
    await expect(fetchDescriptor(url, stopping.signal)).rejects.toMatchObject({ code: 'aborted' })
  })
})
