import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseHosts } from './hosts-file.ts'
import { createSystemLookup } from './system-lookup.ts'

const TYPE_A = 1
const TYPE_AAAA = 28
const HEADER_BYTES = 12
const NXDOMAIN = 3

/** Packs an answer to `query`: the addresses' bytes, or "no such name" when there are none. */
function answer(query: Buffer, type: number, addresses: readonly number[][]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180 | (addresses.length === 0 ? NXDOMAIN : 0), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(addresses.length, 6)
  const records = addresses.map((address) => {
    const record = Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length])
    return Buffer.concat([record, Buffer.from(address)])
  })
  return Buffer.concat([header, questionOf(query), ...records])
}

/** The question: a name, its type and its class. */
function questionOf(query: Buffer): Buffer {
  return query.subarray(HEADER_BYTES, query.indexOf(0, HEADER_BYTES) + 5)
}

describe('createSystemLookup', () => {
  const server = createSocket('udp4')
  let records: Map<number, readonly number[][]>
  let folder: string
  let hostsFile: string
  let servers: string[]

  beforeEach(async () => {
    records = new Map()
    folder = await mkdtemp(join(tmpdir(), 'footbridge-'))
    hostsFile = join(folder, 'hosts')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const start = async () => {
    if (servers === undefined) {
      server.bind(0, '127.0.0.1').unref()
      await once(server, 'listening')
      servers = [`127.0.0.1:${server.address().port}`]
      server.on('message', (query, from) => {
        const type = questionOf(query).readUInt16BE(questionOf(query).length - 4)
        const found = records.get(type)
        if (found !== undefined) server.send(answer(query, type, found), from.port, from.address)
      })
    }
    return createSystemLookup({ hostsFile, servers })
  }
  const { signal } = new AbortController()

  it('finds both families', async () => {
    const lookup = await start()
    records.set(TYPE_A, [[192, 0, 2, 1]])
    records.set(TYPE_AAAA, [[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]])
    expect((await lookup('example.org', signal)).toSorted()).toEqual(['192.0.2.1', '2001:db8::1'])
  })

  it('does not wait for an IPv6 answer that does not come', async () => {
    const lookup = await start()
    records.set(TYPE_A, [[192, 0, 2, 1]])
    expect(await lookup('example.org', signal)).toEqual(['192.0.2.1'])
  })

  it('finds nothing for a name that does not exist', async () => {
    const lookup = await start()
    records.set(TYPE_A, []).set(TYPE_AAAA, [])
    expect(await lookup('example.org', signal)).toEqual([])
  })

  it('rejects with the reason of its signal when the servers are silent', async () => {
    const lookup = await start()
    const stopping = new AbortController()
    const asked = once(server, 'message')
    const looking = lookup('example.org', stopping.signal)
    await asked
    stopping.abort(new Error('enough'))
    await expect(looking).rejects.toThrow('enough')
  })

  it('prefers the hosts file and notices when it changes', async () => {
    const lookup = await start()
    records.set(TYPE_A, [[192, 0, 2, 1]])
    await writeFile(hostsFile, '127.0.0.1 localhost Example.org # comment\n::1 example.org\n')
    expect(await lookup('EXAMPLE.org', signal)).toEqual(['127.0.0.1', '::1'])
    await rm(hostsFile)
    expect(await lookup('example.org', signal)).toEqual(['192.0.2.1'])
  })
})

describe('parseHosts', () => {
  it('skips what is no line of a hosts file', () => {
    expect([...parseHosts('# 10.0.0.1 a\n\nnonsense b\n10.0.0.2\n10.0.0.3\tc\r\n')]).toEqual([
      ['c', ['10.0.0.3']],
    ])
  })
})
