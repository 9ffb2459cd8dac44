import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBase64Url, PROTOCOL_VERSION } from '@footbridge/shared'
import { createLog } from '@footbridge/shared/node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openTicketKey, type TicketKeyOptions } from './ticket-key.ts'

const KEY = new Uint8Array(32).fill(1)
const OTHER_KEY = new Uint8Array(32).fill(2)

const descriptor = (ticketKey: Uint8Array) =>
  JSON.stringify({
    version: PROTOCOL_VERSION,
    signaling: ['https://signaling.example'],
    egresses: [{ id: 'e', url: 'https://egress.example', publicKey: encodeBase64Url(KEY) }],
    stun: [],
    ticketKey: encodeBase64Url(ticketKey),
  })

describe('openTicketKey', () => {
  let stateDirectory: string
  let signaling: Server
  let url: string
  let answers: (string | undefined)[]
  let stopping: AbortController

  beforeEach(async () => {
    stopping = new AbortController()
    stateDirectory = await mkdtemp(join(tmpdir(), 'footbridge-'))
    answers = []
    signaling = createServer((request, response) => {
      const answer = request.url === '/v1/network' ? answers.shift() : undefined
      response.statusCode = answer === undefined ? 503 : 200
      response.end(answer)
    }).listen(0, '127.0.0.1')
    await once(signaling, 'listening')
    url = `http://127.0.0.1:${(signaling.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    stopping.abort()
    signaling.close()
    signaling.closeAllConnections()
    await rm(stateDirectory, { recursive: true })
  })

  const options = (): TicketKeyOptions => ({
    stateDirectory,
    log: createLog('test', 'silent'),
    signal: stopping.signal,
  })

  it('takes the key itself', async () => {
    expect((await openTicketKey(encodeBase64Url(KEY), options()))()).toEqual(KEY)
  })

  it.each(['', 'AAAA', 'not a key', 'ftp://signaling.example', 'http://'])('refuses "%s"', async (source) => {
    await expect(openTicketKey(source, options())).rejects.toMatchObject({ code: 'usage' })
  })

  it('asks signaling until it answers as it should', async () => {
    answers = [undefined, 'nonsense', descriptor(KEY)]
    const ticketKey = await openTicketKey(url, options())
    expect(ticketKey()).toBeUndefined()
    await vi.waitFor(() => expect(ticketKey()).toEqual(KEY), 5_000)
    expect(answers).toEqual([])
  })

  it('keeps the first key for good and reports another', async () => {
    answers = [descriptor(KEY)]
    const first = await openTicketKey(`${url}/v1/network`, options())
    await vi.waitFor(() => expect(first()).toEqual(KEY))

    answers = [descriptor(OTHER_KEY)]
    const { log, ...rest } = options()
    const warn = vi.spyOn(log, 'warn')
    const second = await openTicketKey(url, { log, ...rest })
    expect(second()).toEqual(KEY)
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1))
    expect(second()).toEqual(KEY)
  })
})
