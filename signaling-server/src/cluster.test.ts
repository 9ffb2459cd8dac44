import { once } from 'node:events'
import { encodeSignalingMessage, parseServerToClient } from '@footbridge/shared'
import { createClient } from 'redis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answering, served, startTestCluster, type TestCluster } from './cluster.test.helper.ts'
import { startRedis } from './redis.test.helper.ts'
import {
  type BridgePeer,
  bridge,
  client,
  OFFER,
  type Place,
  PUBLIC_CANDIDATE,
  sdp,
  startTestServer,
} from './server.test.helper.ts'

let cluster: TestCluster

beforeEach(async () => {
  cluster = await startTestCluster({ answerTimeoutMs: 500 })
})
afterEach(() => cluster[Symbol.asyncDispose]())

describe('two instances', () => {
  it('introduce a client of one to a bridge of the other, and candidates pass both ways', async () => {
    const volunteer = answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    const answer = await served(user)
    expect(answer).toMatchObject({ bridgeId: volunteer.id })
    const offer = await volunteer.next('offer')
    expect(answer.sdp).toBe(sdp(offer.offerId))

    user.send({ type: 'candidate', offerId: answer.offerId, candidate: PUBLIC_CANDIDATE, sdpMid: '0' })
    expect(await volunteer.next('candidate')).toMatchObject({
      offerId: offer.offerId,
      candidate: PUBLIC_CANDIDATE,
      sdpMid: '0',
    })
    volunteer.send({ type: 'candidate', offerId: offer.offerId, candidate: PUBLIC_CANDIDATE })
    expect(await user.next('candidate')).toMatchObject({
      offerId: answer.offerId,
      candidate: PUBLIC_CANDIDATE,
    })
  })

  it('answer a posted offer with a bridge of the other', async () => {
    const volunteer = answering(await bridge(cluster.other))
    const post = async (): Promise<Response> => {
      const response = await fetch(`${cluster.one.url}/v1/offers`, {
        method: 'POST',
        body: encodeSignalingMessage(OFFER),
      })
      expect(response.status).toBe(200)
      return response
    }
    const response = await vi.waitFor(post, 5_000)
    const answer = parseServerToClient(new Uint8Array(await response.arrayBuffer()))
    expect(answer).toMatchObject({ type: 'answer', bridgeId: volunteer.id })
    expect(await volunteer.next('offer')).toMatchObject({ trickle: false })
  })

  it('keep a client to themselves while they have room', async () => {
    const near = answering(await bridge(cluster.one))
    const far = answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    // Until it has heard of the other one's bridge, there would be no choice.
    await served(user, { avoid: [near.id] })
    await far.next('offer')
    for (const offerId of [11, 12, 13]) {
      expect(await served(user, { offerId })).toMatchObject({ bridgeId: near.id })
    }
  })

  it('have an offer served elsewhere when no bridge of their own takes it', async () => {
    const near = await bridge(cluster.one)
    const far = answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    await served(user, { avoid: [near.id] })

    user.send({ ...OFFER, offerId: 2 })
    const { offerId } = await near.next('offer')
    user.send({ type: 'candidate', offerId: 2, candidate: PUBLIC_CANDIDATE })
    await near.next('candidate')
    near.send({ type: 'decline', offerId, reason: 'busy' })
    expect(await user.next('answer')).toMatchObject({ offerId: 2, bridgeId: far.id })
    await far.next('offer')
    await far.next('offer')
    // What the client had trickled before comes along.
    expect(await far.next('candidate')).toMatchObject({ candidate: PUBLIC_CANDIDATE })
  })

  it('find the bridge that a client names, wherever it is, and ask nobody else', async () => {
    const near = answering(await bridge(cluster.one))
    const far = answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    await served(user, { bridge: far.id })
    expect(await far.next('offer')).toMatchObject({ additional: true })
    far.socket.close()
    await far.closed
    user.send({ ...OFFER, offerId: 2, bridge: far.id })
    expect(await user.next('refused')).toMatchObject({ offerId: 2, reason: 'no-bridge' })
    expect(near.unread).toEqual([])
  })

  it('take an offer back from a bridge of the other when its client cancels or leaves', async () => {
    const volunteer = answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    await served(user)
    await volunteer.next('offer')
    volunteer.socket.removeAllListeners('message')
    const silent = await bridge(cluster.other)

    user.send({ ...OFFER, offerId: 2, avoid: [volunteer.id] })
    const first = await silent.next('offer')
    user.send({ type: 'cancel', offerId: 2 })
    expect(await silent.next('cancel')).toEqual({ type: 'cancel', offerId: first.offerId })

    user.send({ ...OFFER, offerId: 3, avoid: [volunteer.id] })
    const second = await silent.next('offer')
    user.socket.close()
    expect(await silent.next('cancel')).toEqual({ type: 'cancel', offerId: second.offerId })
  })

  it('tell each other of faulty bridges', async () => {
    const volunteers = [await bridge(cluster.other), await bridge(cluster.other), await bridge(cluster.other)]
    const faulty = answering(volunteers[0] as BridgePeer)
    for (const honest of volunteers.slice(1)) answering(honest)
    const user = await client(cluster.one)
    await served(user, { avoid: [faulty.id] })
    user.send({ ...OFFER, offerId: 2, bridge: 'nowhere', faulty: [faulty.id] })
    await user.next('refused')
    // The least loaded would be the faulty one.
    for (const offerId of [11, 12, 13, 14, 15, 16]) await served(user, { offerId })
    expect(faulty.unread).toEqual([])
  })

  it('refuse what makes no sense to the other one, and go on', async () => {
    answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    await served(user)
    user.send({ ...OFFER, offerId: 2, sdp: 'nonsense' })
    expect(await user.next('refused')).toMatchObject({ offerId: 2, reason: 'malformed' })
    await served(user, { offerId: 3 })
  })

  it('list each other in the network descriptor', async () => {
    await vi.waitFor(async () => {
      const network = await (await fetch(`${cluster.one.url}/v1/network`)).json()
      expect(network.signaling).toEqual([cluster.one.url, cluster.other.url])
    }, 5_000)
  })

  it('leave nothing in Redis, and nothing there to read, of those whom they introduce', async () => {
    const watcher = createClient({ url: cluster.redis.url })
    await watcher.connect()
    try {
      const seen: Buffer[] = []
      await watcher.pSubscribe('*', (bytes) => seen.push(bytes), true)
      answering(await bridge(cluster.other))
      const user = await client(cluster.one)
      await served(user, { sdp: sdp(1, [PUBLIC_CANDIDATE]) })
      const text = Buffer.concat(seen).toString('latin1')
      expect(text.length).toBeGreaterThan(sdp(1, [PUBLIC_CANDIDATE]).length)
      for (const secret of ['9.9.9.9', 'candidate', 'ice-ufrag', 'offer', '127.0.0.1']) {
        expect(text).not.toContain(secret)
      }
      expect(await watcher.keys('*')).toEqual(['footbridge:1:ticket-key'])
    } finally {
      watcher.destroy()
    }
  })

  it('are not moved by what strangers publish, nor by a repetition', async () => {
    const volunteer = answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    const stranger = createClient({ url: cluster.redis.url })
    await stranger.connect()
    const eavesdropper = stranger.duplicate()
    await eavesdropper.connect()
    try {
      const heard: [string, Buffer][] = []
      await eavesdropper.pSubscribe('*', (bytes, channel) => heard.push([String(channel), bytes]), true)
      await served(user)
      await volunteer.next('offer')
      for (const [channel, bytes] of [...heard]) {
        const altered = Buffer.from(bytes)
        altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
        for (const what of [bytes, altered, Buffer.alloc(0), Buffer.alloc(40, 7)])
          await stranger.publish(channel, what)
      }
      await served(user, { offerId: 2 })
      await volunteer.next('offer')
      expect(volunteer.unread).toEqual([])
    } finally {
      stranger.destroy()
      eavesdropper.destroy()
    }
  })
})

describe('an instance', () => {
  it('says when Redis is away, serves its own bridges, and comes back by itself', async () => {
    const ready = async (server = cluster.one): Promise<string> =>
      (await fetch(`${server.url}/readyz`)).text()
    expect(await ready()).toBe('Ready.\n')
    answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    await served(user)

    await cluster.redis.kill()
    await vi.waitFor(
      async () => expect(await ready()).toBe('Ready, alone: Redis cannot be reached.\n'),
      5_000,
    )
    user.send({ ...OFFER, offerId: 2 })
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
    const near = answering(await bridge(cluster.one))
    expect(await served(user, { offerId: 3 })).toMatchObject({ bridgeId: near.id })
    near.socket.close()

    await cluster.redis.restart()
    await vi.waitFor(async () => expect(await ready()).toBe('Ready.\n'), 15_000)
    await served(user, { offerId: 4 })
  }, 30_000)

  it('does not start with another ticket key than the others', async () => {
    const starting = startTestServer({}, { redis: cluster.redis.url })
    await expect(starting).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('ticket key'),
    })
  })

  it('does not start with a password that Redis refuses, and does not repeat it', async () => {
    await using redis = await startRedis('--requirepass', 'right')
    const starting = startTestServer({}, { redis: redis.url.replace('//', '//:secret-word@') })
    await expect(starting).rejects.toMatchObject({
      code: 'usage',
      message: expect.not.stringMatching(/secret-word|127\.0\.0\.1/),
    })
    const server = await startTestServer({}, { redis: redis.url.replace('//', '//:right@') })
    expect(await (await fetch(`${server.url}/readyz`)).text()).toBe('Ready.\n')
    await server.close()
  })

  it('notices a Redis that is there and says nothing', async () => {
    const ready = async (): Promise<string> => (await fetch(`${cluster.one.url}/readyz`)).text()
    process.kill(cluster.redis.pid, 'SIGSTOP')
    await vi.waitFor(async () => expect(await ready()).toContain('alone'), 10_000)
    process.kill(cluster.redis.pid, 'SIGCONT')
    await vi.waitFor(async () => expect(await ready()).toBe('Ready.\n'), 15_000)
  }, 30_000)

  it('that shuts down tells everybody, and has what waits there served elsewhere', async () => {
    const far = answering(await bridge(cluster.other))
    const user = await client(cluster.one)
    await served(user)
    far.socket.removeAllListeners('message')
    const silent = await bridge(cluster.other)
    user.send({ ...OFFER, offerId: 2, avoid: [far.id] })
    await silent.next('offer')
    const near = answering(await bridge(cluster.one))
    await cluster.other.close()
    expect(await silent.closed).toMatchObject({ code: 4104 })
    expect(await user.next('answer')).toMatchObject({ offerId: 2, bridgeId: near.id })
  })
})

describe('bridges with one place each', () => {
  it('are each given once, whatever is offered on both sides at once', async () => {
    const [perInstance, users] = [8, 12]
    const sides = [cluster.one, cluster.other]
    const bridges = await Promise.all(
      sides.flatMap((side) => Array.from({ length: perInstance }, () => bridge(side, { capacity: 1 }))),
    )
    // Both know of all.
    const probe = answering(await bridge(cluster.other))
    const prober = await client(cluster.one)
    await served(prober, { avoid: bridges.map(({ id }) => id) })
    probe.socket.close()
    await once(probe.socket, 'close')
    prober.socket.close()

    for (const volunteer of bridges) answering(volunteer)
    const clients = await Promise.all(
      sides.flatMap((side) => Array.from({ length: users }, () => client(side))),
    )
    const outcomes = await Promise.all(
      clients.map((user) => {
        user.send(OFFER)
        return user.take()
      }),
    )
    const given = outcomes.flatMap((outcome) => (outcome.type === 'answer' ? [outcome.bridgeId] : []))
    expect(new Set(given).size).toBe(given.length)
    // A place that is held for an offer in one instance is not seen from the other: a few may be left over.
    expect(given.length).toBeGreaterThan(perInstance)
    for (const { unread } of bridges) expect(unread.length).toBeLessThanOrEqual(1)
  })
})

describe('limits', () => {
  it('hold for all instances together', async () => {
    const limits = { offersPerMinute: 20, bridgesShownPerHour: 1 }
    await using cluster = await startTestCluster(limits, { trustedProxies: 1 })
    const near = answering(await bridge(cluster.one, { capacity: 100 }))
    const far = answering(await bridge(cluster.other, { capacity: 100 }))
    const post = async (
      { url }: Place,
      address: string,
      body: string | Uint8Array<ArrayBuffer> = encodeSignalingMessage(OFFER),
    ): Promise<Response> =>
      fetch(`${url}/v1/offers`, { method: 'POST', body, headers: { 'x-forwarded-for': address } })
    const answerOf = async (response: Response): Promise<unknown> =>
      parseServerToClient(new Uint8Array(await response.arrayBuffer()))

    for (let count = 0; count < 20; count++) {
      expect(await answerOf(await post(cluster.one, '203.0.113.1'))).toMatchObject({ bridgeId: near.id })
    }
    expect((await post(cluster.one, '203.0.113.1')).status).toBe(503)
    // Who may still offer hears that this is no offer.
    await vi.waitFor(
      async () => expect((await post(cluster.other, '203.0.113.1', 'none')).status).toBe(503),
      {
        interval: 300,
        timeout: 5_000,
      },
    )
    // From the same subnet, and so with no other bridge.
    expect(await answerOf(await post(cluster.other, '203.0.113.2'))).toMatchObject({ bridgeId: near.id })
    expect(await answerOf(await post(cluster.other, '198.51.100.1'))).toMatchObject({ bridgeId: far.id })
  })
})
