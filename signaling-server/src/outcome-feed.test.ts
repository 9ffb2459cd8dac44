import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MAX_PAGE_OUTCOMES, type OutcomePage, systemClock, verifyOutcomeAccess } from '@footbridge/shared'
import { createLog, nodePrimitives } from '@footbridge/shared/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { followOutcomes } from './outcome-feed.ts'

const KEYS = nodePrimitives.ed25519.generate()
const OUTCOME = { ticket: 'A'.repeat(22), type: 'lived', bytes: 1 } as const

describe('the feed of outcomes', () => {
  let server: Server
  let stopping: AbortController
  let requests: IncomingMessage[]
  let answers: string[]

  beforeEach(async () => {
    stopping = new AbortController()
    requests = []
    answers = []
    server = createServer((request, response) => {
      requests.push(request)
      const answer = answers.shift()
      response.statusCode = answer === undefined ? 503 : 200
      response.end(answer)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    stopping.abort()
    server.close()
  })

  /** The first so many pages that are read. */
  const follow = (count: number): Promise<[string, OutcomePage][]> =>
    new Promise((resolve) => {
      const pages: [string, OutcomePage][] = []
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      void followOutcomes({
        egresses: () => [{ id: 'egress-1', url, publicKey: 'A'.repeat(43) }],
        learn: (egress, page) => {
          pages.push([egress, page])
          if (pages.length === count) resolve(pages)
        },
        secretKey: KEYS.secretKey,
        primitives: nodePrimitives,
        clock: systemClock,
        log: createLog('test', 'silent'),
        signal: stopping.signal,
        intervalMs: 1,
      })
    })

  it('reads on from where it was, whatever goes wrong in between', async () => {
    const first = { next: 5, missed: false, outcomes: [OUTCOME] }
    const second = { next: 9, missed: true, outcomes: [] }
    answers = [
      JSON.stringify(first),
      'nonsense',
      '{"next":-1}',
      ' '.repeat(2_000_000),
      JSON.stringify(second),
    ]
    expect(await follow(2)).toEqual([
      ['egress-1', first],
      ['egress-1', second],
    ])
    expect(requests.map(({ url }) => url)).toEqual([
      '/v1/outcomes',
      ...Array.from({ length: 4 }, () => '/v1/outcomes?after=5'),
    ])
  })

  it('reads page after page while they are full, but not for ever', async () => {
    const outcomes = Array.from({ length: MAX_PAGE_OUTCOMES }, () => OUTCOME)
    answers = Array.from({ length: 12 }, (_, at) => JSON.stringify({ next: at, missed: false, outcomes }))
    expect(await follow(12)).toHaveLength(12)
  })

  it('proves each time that it holds the key of tickets', async () => {
    answers = [JSON.stringify({ next: 1, missed: false, outcomes: [] })]
    await follow(1)
    const [, token = ''] = requests[0]?.headers.authorization?.split(' ') ?? []
    const expectation = { publicKey: KEYS.publicKey, now: Date.now(), primitives: nodePrimitives }
    expect(() => verifyOutcomeAccess(token, { ...expectation, egress: 'egress-1' })).not.toThrow()
    expect(() => verifyOutcomeAccess(token, { ...expectation, egress: 'egress-2' })).toThrow()
  })
})
