import { type NetworkDescriptor, unsigned } from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { expect, it } from 'vitest'
import { NetworkRefresh } from './network-refresh.ts'
import { OTHER_NETWORK_KEYS, signedNetwork } from './signed-network.test.helper.ts'

const NOW = 1_700_000_000_000
const HOUR_MS = 3_600_000

/** A refresh on a clock that only `pass` moves. */
class Harness {
  readonly asked: string[] = []
  readonly fresh: NetworkDescriptor[] = []
  network: NetworkDescriptor
  readonly refresh: NetworkRefresh
  #timer: { readonly delayMs: number; readonly fire: () => void } | undefined

  constructor(network: NetworkDescriptor, answers: Readonly<Record<string, object | string>>) {
    this.network = network
    this.refresh = new NetworkRefresh({
      clock: {
        now: () => 0,
        wallNow: () => NOW,
        after: (delayMs, fire) => {
          this.#timer = { delayMs, fire }
          return () => {
            this.#timer = undefined
          }
        },
      },
      primitives: nodePrimitives,
      network: () => this.network,
      fetchText: async (url) => {
        this.asked.push(url)
        const answer = answers[new URL(url).host]
        if (answer === undefined) throw new Error('nobody is there')
        return typeof answer === 'string' ? answer : JSON.stringify(answer)
      },
      onFresh: (fresh) => {
        this.fresh.push(fresh)
        this.network = fresh
      },
    })
    this.refresh.start()
  }

  /** Fires what is waited for, if anything; says how long that took. */
  async pass(): Promise<number | undefined> {
    const timer = this.#timer
    this.#timer = undefined
    timer?.fire()
    await new Promise((resolve) => setImmediate(resolve))
    return timer?.delayMs
  }
}

it('asks soon after the first path and once an hour, and takes what is newer', async () => {
  const next = signedNetwork({ sequence: 2, more: { standing: ['https://standing.example'] } })
  const harness = new Harness(signedNetwork({ sequence: 1 }), { 'one.example': next })
  harness.refresh.start()
  expect(await harness.pass()).toBe(5_000)
  expect(harness.fresh).toEqual([next])
  expect(await harness.pass()).toBe(HOUR_MS)
  expect(harness.asked).toEqual(['https://one.example/v1/network', 'https://one.example/v1/network'])
  expect(harness.fresh).toHaveLength(1)
})

it('takes a new one in place of one that is past its time', async () => {
  const next = signedNetwork({ sequence: 2 })
  const harness = new Harness(signedNetwork({ sequence: 1, expiresAt: NOW }), { 'one.example': next })
  await harness.pass()
  expect(harness.network).toEqual(next)
})

it.each([
  ['says nothing', undefined],
  ['says nonsense', 'nonsense'],
  ['says something older', signedNetwork({ sequence: 3 })],
  ['says something past its time', signedNetwork({ sequence: 9, expiresAt: NOW })],
  ['speaks for another network', signedNetwork({ sequence: 9, keys: OTHER_NETWORK_KEYS })],
  ['forges', { ...signedNetwork({ sequence: 9 }), sequence: 10 }],
  ['does not sign', unsigned(signedNetwork({ sequence: 9 }))],
])('asks the next signaling server if the first %s', async (_, answer) => {
  const pinned = signedNetwork({ sequence: 5 })
  const next = signedNetwork({ sequence: 6 })
  const harness = new Harness(pinned, { ...(answer && { 'one.example': answer }), 'two.example': next })
  await harness.pass()
  expect(harness.fresh).toEqual([next])
  const alone = new Harness(pinned, { ...(answer && { 'one.example': answer }) })
  await alone.pass()
  expect(alone.network).toBe(pinned)
  expect(await alone.pass()).toBe(HOUR_MS)
})

it('asks nobody for a network without a key, nor after the end', async () => {
  const harness = new Harness(unsigned(signedNetwork({ sequence: 5 })), {
    'one.example': signedNetwork({ sequence: 6 }),
  })
  expect(await harness.pass()).toBeUndefined()
  const stopped = new Harness(signedNetwork({ sequence: 5 }), {
    'one.example': signedNetwork({ sequence: 6 }),
  })
  stopped.refresh.stop()
  expect(await stopped.pass()).toBeUndefined()
  expect(stopped.asked).toEqual([])
})
