import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_DESCRIPTOR_CHARS } from '../constants.ts'
import { formatNetworkLink, type NetworkDescriptor } from '../descriptor.ts'
import { loadNetwork } from './load-network.ts'

const KEY = 'A'.repeat(43)
const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'one', url: 'https://egress.example', publicKey: KEY }],
  stun: [],
  ticketKey: KEY,
}
const options = { signal: new AbortController().signal }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileWith(text: string): Promise<string> {
  const path = join(folder, 'network.json')
  await writeFile(path, text)
  return path
}

describe('loading a network', () => {
  it('reads a file', async () => {
    expect(await loadNetwork(await fileWith(JSON.stringify(NETWORK)), options)).toEqual(NETWORK)
  })

  it('reads a link', async () => {
    expect(await loadNetwork(formatNetworkLink(NETWORK), options)).toEqual(NETWORK)
  })

  it('fetches a URL', async () => {
    const server = createServer((_, response) => response.end(JSON.stringify(NETWORK))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/network`
    expect(await loadNetwork(url, options)).toEqual(NETWORK)
    server.close()
  })

  it('checks a descriptor that is one already', async () => {
    expect(await loadNetwork(NETWORK, options)).toEqual(NETWORK)
    const loading = loadNetwork({ ...NETWORK, ticketKey: 'none' }, options)
    await expect(loading).rejects.toMatchObject({ code: 'usage' })
  })

  it('says in plain words that a server cannot be reached, and what to do', async () => {
    const loading = loadNetwork('http://127.0.0.1:1/', options)
    await expect(loading).rejects.toMatchObject({ code: 'unavailable' })
    await expect(loading).rejects.toThrow(/^failed to load the network: the server cannot be reached; check /)
    await expect(loading).rejects.not.toThrow(/127/)
  })

  it.each([
    ['no file', async () => join(folder, 'nothing-here')],
    ['a folder', async () => folder],
    ['no JSON', () => fileWith('{')],
    ['no UTF-8', async () => '/bin/sh'],
    ['no descriptor', () => fileWith('{}')],
    ['an endless file', async () => '/dev/zero'],
    ['too long', () => fileWith(' '.repeat(MAX_DESCRIPTOR_CHARS + 1))],
    ['a broken link', async () => 'footbridge:%'],
    ['no host in the URL', async () => 'http://'],
  ])('calls it wrong usage when there is %s', async (_, source) => {
    await expect(loadNetwork(await source(), options)).rejects.toMatchObject({ code: 'usage' })
  })
})
