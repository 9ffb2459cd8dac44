// Many bridges and clients at once, that have nothing but signaling to do: signaling-load-process.ts SIGNALING_URL
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeSignalingMessage } from '@footbridge/shared'
import { addressOf, FakeBridge, FakeClient, OFFER } from './fake-peers.ts'
import { serve } from './program.ts'

/** Peers that come at the same time. */
const COMING_AT_ONCE = 64
/** Bridges and clients never share an address. */
const FIRST_CLIENT = 1 << 20

export interface ClosedLoop {
  readonly way: 'socket' | 'post'
  /** Offers under way at any time. */
  readonly atOnce: number
  readonly ms: number
}

export interface OpenLoop {
  /** Offers that begin in a second, whatever became of those before. */
  readonly perSecond: number
  readonly ms: number
}

export interface Outcome {
  readonly matched: number
  readonly refused: number
  readonly ms: number
  /** In milliseconds, from when each offer was due. Those of refused ones included. */
  readonly latencies: readonly number[]
}

const [signalingUrl = ''] = process.argv.slice(2)
const webSocketUrl = signalingUrl.replace('http', 'ws')
const agent = new Agent({ keepAlive: true })

let bridges: FakeBridge[] = []
const clients: FakeClient[] = []
let posts = 0
/** The same turn for all, so that each has made as few offers lately as can be. */
let turn = 0

const WAYS = {
  socket: (): Promise<boolean> => {
    turn += 1
    return clients[turn % clients.length]?.offer() ?? Promise.resolve(false)
  },
  post,
}

serve('', {
  /** That many more register, and wait. */
  addBridges: async (count: number) => {
    const known = bridges.length
    await each(count, COMING_AT_ONCE, async (index) => {
      bridges.push(await FakeBridge.come(webSocketUrl, known + index))
    })
  },
  addClients: async (count: number) => {
    const known = clients.length
    await each(count, COMING_AT_ONCE, async (index) => {
      clients.push(await FakeClient.come(webSocketUrl, FIRST_CLIENT + known + index))
    })
  },
  /** Bridges go without a word, as tabs do, until so many are left. */
  keepBridges: (count: number) => {
    for (const bridge of bridges.slice(count)) bridge.leave()
    bridges = bridges.slice(0, count)
  },
  /** The next offer of each begins when the one before is through: how much there can be. */
  closedLoop: async ({ way, atOnce, ms }: ClosedLoop): Promise<Outcome> => {
    const tally = new Tally()
    const work = async () => {
      while (tally.elapsed < ms) await tally.time(performance.now(), WAYS[way])
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return tally.outcome
  },
  /** Offers begin at a steady rate: how long each takes, waiting included. */
  openLoop: async ({ perSecond, ms }: OpenLoop): Promise<Outcome> => {
    const tally = new Tally()
    const startedAt = performance.now()
    const underWay: Promise<void>[] = []
    while (tally.elapsed < ms) {
      const due = Math.floor((tally.elapsed / 1_000) * perSecond)
      while (underWay.length < due) {
        const dueAt = startedAt + (underWay.length / perSecond) * 1_000
        underWay.push(tally.time(dueAt, WAYS.socket))
      }
      await sleep(1)
    }
    await Promise.all(underWay)
    return tally.outcome
  },
})

/** Counts outcomes. */
class Tally {
  readonly #startedAt = performance.now()
  readonly #latencies: number[] = []
  #matched = 0

  get elapsed(): number {
    return performance.now() - this.#startedAt
  }

  get outcome(): Outcome {
    const matched = this.#matched
    const latencies = this.#latencies
    return { matched, refused: latencies.length - matched, ms: this.elapsed, latencies }
  }

  async time(dueAt: number, match: () => Promise<boolean>): Promise<void> {
    if (await match()) this.#matched += 1
    this.#latencies.push(performance.now() - dueAt)
  }
}

/** One offer over plain HTTP, each by another client; the connections are those of a proxy in front. */
function post(): Promise<boolean> {
  posts += 1
  const body = encodeSignalingMessage(OFFER)
  const headers = { 'x-forwarded-for': addressOf(FIRST_CLIENT + posts), 'content-length': body.length }
  return new Promise((resolve, reject) => {
    request(`${signalingUrl}/v1/offers`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200))
    })
      .on('error', reject)
      .end(body)
  })
}

/** Does `count` things, `atOnce` at a time. */
async function each(count: number, atOnce: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < count) {
      const index = next
      next += 1
      await task(index)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
