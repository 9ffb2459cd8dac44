import {
  FootbridgeError,
  type NetworkDescriptor,
  type WebRtc,
  type WebSocketConstructor,
} from '@footbridge/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.test.helper.ts'
import type { Platform, UdpTest } from './platform.ts'
import { type Obstacle, Preparation } from './preparation.ts'

const KEY = 'A'.repeat(43)
const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['http://signaling.example'],
  egresses: [{ id: 'one', url: 'http://egress.example', publicKey: KEY }],
  stun: ['stun:stun.example:3478'],
  ticketKey: KEY,
}
const PASSES: UdpTest = { passes: true, nat: 'strict' }
const BLOCKED: UdpTest = { passes: false }

let clock: ManualClock
/** What comes of each attempt to fetch the descriptor, and of each test; the last one over and over. */
let fetches: (NetworkDescriptor | FootbridgeError)[]
let tests: UdpTest[]
let fetched: number
let tested: number
let obstacles: Obstacle[]
let ready: unknown[]
/** Of the latest attempt. */
let given: AbortSignal | undefined

beforeEach(() => {
  clock = new ManualClock()
  fetches = [NETWORK]
  tests = [PASSES]
  fetched = 0
  tested = 0
  obstacles = []
  ready = []
})

const next = <T>(outcomes: readonly T[], at: number): T => outcomes[Math.min(at, outcomes.length - 1)] as T

/** With the longest waits that there can be. */
function prepare(network?: NetworkDescriptor): Preparation {
  const platform: Platform = {
    WebSocket: {} as WebSocketConstructor,
    webRtc: {} as WebRtc,
    clock,
    random: () => 1,
    testUdp: async () => next(tests, tested++),
  }
  return new Preparation({
    network:
      network ??
      (async (signal) => {
        given = signal
        const outcome = next(fetches, fetched++)
        if (outcome instanceof FootbridgeError) throw outcome
        return outcome
      }),
    platform,
    onReady: (network, nat) => ready.push([network, nat]),
    onObstacle: (obstacle) => obstacles.push(obstacle),
  })
}

/** Lets whatever was promised come. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve))

async function pass(ms: number): Promise<void> {
  clock.advance(ms)
  await settle()
}

const unavailable = new FootbridgeError('unavailable', 'gone')
const malformed = new FootbridgeError('malformed', 'nonsense')

describe('before a bridge is announced', () => {
  it('its network is fetched, and tested once', async () => {
    prepare()
    await settle()
    expect(ready).toEqual([[NETWORK, 'strict']])
    expect([fetched, tested, obstacles]).toEqual([1, 1, []])
  })

  it.each([
    ['names no STUN server', { stun: [] }],
    ['is for one machine or LAN', { allowPrivateCandidates: true }],
  ])('nothing is tested if its network %s', (_, change) => {
    const network = { ...NETWORK, ...change }
    prepare(network)
    expect(ready).toEqual([[network, undefined]])
    expect(tested).toBe(0)
  })

  it.each<[Obstacle, FootbridgeError, number, number]>([
    ['unreachable', unavailable, 1_000, 60_000],
    ['descriptor', new FootbridgeError('too-large', 'x'), 7_000, 302_000],
    ['version', new FootbridgeError('protocol', 'x'), 3_600_000, 3_600_000],
  ])('%s: it is tried again, less and less often', async (obstacle, error, firstMs, mostMs) => {
    fetches = [error]
    prepare()
    await settle()
    await pass(firstMs - 1)
    expect(fetched).toBe(1)
    await pass(1)
    expect(fetched).toBe(2)
    for (let attempt = 0; attempt < 20; attempt += 1) await pass(mostMs)
    const before = fetched
    await pass(mostMs - 1)
    await pass(1)
    expect(fetched).toBe(before + 1)
    expect(new Set(obstacles)).toEqual(new Set([obstacle]))
  })

  it('another obstacle is waited for as if it were the first', async () => {
    fetches = [unavailable, unavailable, unavailable, unavailable, malformed, unavailable]
    prepare()
    await settle()
    for (const ms of [1_000, 2_000, 4_000, 8_000, 7_000, 1_000]) await pass(ms)
    expect(fetched).toBe(7)
  })

  it('where UDP is blocked the test is made again within a minute, with a descriptor fetched anew', async () => {
    tests = [BLOCKED, BLOCKED, PASSES]
    prepare()
    await settle()
    await pass(59_999)
    expect([fetched, tested, ready.length]).toEqual([1, 1, 0])
    await pass(1)
    await pass(90_000)
    expect([fetched, tested, ready.length]).toEqual([3, 3, 1])
    expect(obstacles).toEqual(['udp-blocked', 'udp-blocked'])
  })

  it('what is waited for is tried at once when the network has changed, and not again in its time', async () => {
    fetches = [malformed, NETWORK]
    const preparation = prepare()
    await settle()
    preparation.hurry()
    await settle()
    expect(ready).toHaveLength(1)
    await pass(600_000)
    expect(fetched).toBe(2)
  })

  it('what was fit is tested again when the network has changed, without anybody noticing if it still is', async () => {
    tests = [PASSES, PASSES, BLOCKED, PASSES]
    const preparation = prepare()
    await settle()
    for (let change = 0; change < 2; change += 1) {
      preparation.hurry()
      await settle()
    }
    expect([ready.length, tested, obstacles]).toEqual([1, 3, ['udp-blocked']])
    await pass(60_000)
    expect(ready).toHaveLength(2)
  })

  it('nothing comes of it any more once it is stopped', async () => {
    fetches = [malformed]
    const preparation = prepare()
    preparation.stop()
    expect(given?.aborted).toBe(true)
    await settle()
    await pass(600_000)
    expect([fetched, obstacles, ready]).toEqual([1, [], []])
  })
})
