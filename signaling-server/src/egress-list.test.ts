import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createLog } from '@footbridge/shared/node'
import { describe, expect, it } from 'vitest'
import { EgressList, fetchEgress, readEgress } from './egress-list.ts'
import { EGRESS, OTHER_EGRESS, startTestServer } from './server.test.helper.ts'

const LOG = createLog('test', 'silent')

describe('EgressList', () => {
  it('chooses among the egresses it knows, or the one asked for', () => {
    const list = new EgressList()
    expect(list.choose()).toBeUndefined()
    list.add(EGRESS)
    list.add(OTHER_EGRESS)
    expect(list.all).toContain(list.choose())
    expect(list.choose(OTHER_EGRESS.id)).toBe(OTHER_EGRESS)
    expect(list.choose('unknown')).toBeUndefined()
  })

  it('keeps the first descriptor of an id', () => {
    const list = new EgressList()
    list.add(EGRESS)
    list.add({ ...EGRESS, url: OTHER_EGRESS.url })
    expect(list.all).toEqual([EGRESS])
  })
})

describe('readEgress', () => {
  it.each([
    ['no JSON', 'hello'],
    ['another shape', '{"id": "x"}'],
    ['too much', JSON.stringify({ ...EGRESS, more: 'x'.repeat(5_000) })],
  ])('refuses a file with %s', async (_name, content) => {
    await using server = await startTestServer()
    const path = join(server.folder, 'bad.json')
    await writeFile(path, content)
    await expect(readEgress(path)).rejects.toMatchObject({ code: 'usage' })
  })

  it('refuses a file that is not there', async () => {
    await expect(readEgress('/nowhere/at-all.json')).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('fetchEgress', () => {
  async function withServer(
    listener: RequestListener,
    run: (origin: string) => Promise<void>,
  ): Promise<void> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.close()
  }

  it('asks again until the egress answers as it should', async () => {
    const answers = ['', 'not yet', JSON.stringify(EGRESS)]
    const paths: (string | undefined)[] = []
    await withServer(
      (request, response) => {
        paths.push(request.url)
        response.statusCode = paths.length === 1 ? 503 : 200
        response.end(answers[paths.length - 1])
      },
      async (origin) => {
        expect(await fetchEgress(origin, LOG, new AbortController().signal)).toEqual(EGRESS)
      },
    )
    expect(paths).toEqual(Array(3).fill('/v1/egress'))
  })

  it('ends when it is given up', async () => {
    const giveUp = new AbortController()
    await withServer(
      () => giveUp.abort(),
      (origin) => expect(fetchEgress(origin, LOG, giveUp.signal)).rejects.toMatchObject({ code: 'aborted' }),
    )
  })
})
