import { once } from 'node:events'
import {
  type ClientOfferMessage,
  type ClientRefusedMessage,
  encodeSignalingMessage,
  PROTOCOL_VERSION,
  parseServerToBridge,
  parseServerToClient,
  SignalingCloseCode,
  WorkPuzzle,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Limits } from './limits.ts'
import {
  type BridgePeer,
  bridge,
  client,
  OFFER,
  Peer,
  sdp,
  startTestServer,
  type TestServer,
} from './server.test.helper.ts'

let server: TestServer

/** A server behind a proxy that says where each peer comes from: on its own machine nobody would be limited. */
async function start(limits: Partial<Limits> = {}): Promise<void> {
  server = await startTestServer(limits, { trustedProxies: 1 })
}
afterEach(() => server.close())

const HERE = '9.9.9.9'
const NEXT_DOOR = '9.9.9.10'
const ELSEWHERE = '9.9.8.9'

/** A bridge that answers whatever it is offered. */
async function willingBridge(from = '8.8.8.8'): Promise<BridgePeer> {
  const peer = await bridge(server, { capacity: 1_000 }, from)
  void (async () => {
    for (;;) {
      const { offerId } = await peer.next('offer')
      peer.send({ type: 'answer', offerId, sdp: sdp(2) })
    }
  })().catch(() => {})
  return peer
}

async function post(offer: ClientOfferMessage, from: string): Promise<Response> {
  return await fetch(`${server.url}/v1/offers`, {
    method: 'POST',
    body: encodeSignalingMessage(offer),
    headers: { 'x-forwarded-for': from },
  })
}

async function refused(response: Response): Promise<ClientRefusedMessage> {
  const message = parseServerToClient(new Uint8Array(await response.arrayBuffer()))
  if (message.type !== 'refused') throw new Error('not refused')
  return message
}

describe('one address', () => {
  it('may offer so often, by POST and by WebSocket together, and others go on', async () => {
    await start({ offersPerMinute: 2 })
    await willingBridge()
    const user = await client(server, HERE)
    user.send(OFFER)
    await user.next('answer')
    expect((await post(OFFER, HERE)).status).toBe(200)
    expect((await post(OFFER, HERE)).status).toBe(503)
    user.send({ ...OFFER, offerId: 2 })
    expect(await user.next('refused')).toMatchObject({ offerId: 2, reason: 'no-bridge' })
    expect((await post(OFFER, NEXT_DOOR)).status).toBe(200)
  })

  it('may list so many bridges at once, and one more when one leaves', async () => {
    await start({ maxBridgesPerAddress: 1 })
    const first = await bridge(server, {}, HERE)
    const surplus = new Peer(`${server.wsUrl}/v1/bridge`, parseServerToBridge, HERE)
    await once(surplus.socket, 'open')
    surplus.send({ type: 'register', version: PROTOCOL_VERSION, capacity: 1 })
    expect(await surplus.next('refused')).toMatchObject({ reason: 'limit' })
    expect(await surplus.closed).toMatchObject({ code: SignalingCloseCode.limit })
    await bridge(server, {}, NEXT_DOOR)
    first.socket.close()
    await first.closed
    await bridge(server, {}, HERE)
  })

  it('may have so many sockets', async () => {
    await start({ maxSocketsPerAddress: 1 })
    const only = await client(server, HERE)
    expect(await refusedUpgrade(HERE)).toContain('429')
    await client(server, NEXT_DOOR)
    only.socket.close()
    await only.closed
    await client(server, HERE)
  })

  it('gets no socket for a while after it broke the protocol too often', async () => {
    await start({ faultsPerMinute: 3 })
    for (let faults = 0; faults < 3; faults++) {
      const peer = await client(server, HERE)
      peer.socket.send('nonsense')
      await peer.closed
    }
    expect(await refusedUpgrade(HERE)).toContain('429')
    await client(server, NEXT_DOOR)
  })

  it('waits for its refusal, and nobody waits with it', async () => {
    await start({ maxSocketsPerAddress: 0, refusalDelayMs: 500 })
    const order: string[] = []
    const refused = refusedUpgrade(HERE).then((answer) => order.push(answer.includes('429') ? '429' : answer))
    const served = fetch(`${server.url}/healthz`).then(({ status }) => order.push(String(status)))
    await Promise.all([refused, served])
    expect(order).toEqual(['200', '429'])
  })

  it('is not limited when it is this machine', async () => {
    server = await startTestServer({ offersPerMinute: 1, maxSocketsPerAddress: 1, faultsPerMinute: 1 })
    await bridge(server, { capacity: 10 })
    for (let times = 0; times < 3; times++) {
      const user = await client(server)
      user.send(OFFER)
      user.send({ ...OFFER, offerId: 2 })
      expect(await user.next('refused')).toMatchObject({ offerId: 2 })
    }
  })
})

describe('who scans for bridges', () => {
  it('sees no more than the cap from one subnet, and then those that it has seen', async () => {
    await start({ bridgesShownPerHour: 3 })
    const all = await Promise.all(Array.from({ length: 8 }, () => willingBridge()))
    const seen = new Set<string>()
    for (let tries = 0; tries < 40; tries++) {
      const user = await client(server, tries % 2 === 0 ? HERE : NEXT_DOOR)
      user.send(OFFER)
      seen.add((await user.next('answer')).bridgeId)
      user.socket.close()
    }
    expect(seen.size).toBe(3)
    const avoid = [...seen]
    const user = await client(server, HERE)
    user.send({ ...OFFER, avoid })
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
    // Nor one whose name it got from elsewhere.
    const other = all.find(({ id }) => !seen.has(id))
    user.send({ ...OFFER, offerId: 2, bridge: other?.id ?? '' })
    expect(await user.next('refused')).toMatchObject({ offerId: 2, reason: 'no-bridge' })
    user.send({ ...OFFER, offerId: 3, bridge: avoid[0] ?? '' })
    await user.next('answer')
    const stranger = await client(server, ELSEWHERE)
    stranger.send({ ...OFFER, avoid })
    expect(seen).not.toContain((await stranger.next('answer')).bridgeId)
  })

  it('sees no more by way of bridges that decline', async () => {
    await start({ bridgesShownPerHour: 2 })
    const peers = await Promise.all(Array.from({ length: 5 }, () => bridge(server, {}, '8.8.8.8')))
    const asked = new Set<string>()
    for (const peer of peers) {
      void (async () => {
        for (;;) {
          const { offerId } = await peer.next('offer')
          asked.add(peer.id)
          peer.send({ type: 'decline', offerId, reason: 'busy' })
        }
      })().catch(() => {})
    }
    for (let tries = 0; tries < 10; tries++) expect((await post(OFFER, HERE)).status).toBe(503)
    expect(asked.size).toBe(2)
  })

  it('cannot tell a cap, a limit, a demand for work, an unknown egress and nobody at all apart', async () => {
    const answers: unknown[] = []
    const keep = async (response: Response): Promise<void> => {
      const { challenge: _, bits: __, ...message } = await refused(response)
      const headers = [...response.headers].filter(([name]) => !/^(?:date|etag|content-length)$/.test(name))
      answers.push([response.status, headers, message])
    }
    await start()
    await keep(await post(OFFER, HERE))
    await keep(await post({ ...OFFER, egress: 'elsewhere' }, HERE))
    await server.close()
    await start({ offersPerMinute: 1, bridgesShownPerHour: 1 })
    await willingBridge()
    await post(OFFER, HERE)
    await willingBridge()
    await keep(await post(OFFER, HERE))
    await keep(await post({ ...OFFER, avoid: [], bridge: 'unseen' }, NEXT_DOOR))
    await server.close()
    await start({ maxPendingOffers: 0 })
    await willingBridge()
    await keep(await post(OFFER, HERE))
    await server.close()
    await start({ workFromOffersPerSecond: 0 })
    await willingBridge()
    await keep(await post(OFFER, HERE))
    expect(answers).toHaveLength(6)
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })
})

describe('a server that wants work', () => {
  it('serves who has worked, once for each proof, by either way', async () => {
    await start({ workFromOffersPerSecond: 0, leastWorkBits: 8, mostWorkBits: 8 })
    await willingBridge()
    const { challenge, bits = 0 } = await refused(await post(OFFER, HERE))
    if (!challenge) throw new Error('no work was asked for')
    expect(bits).toBe(8)
    const nonce = new WorkPuzzle(challenge, OFFER.sdp, nodePrimitives).search(bits, 0, 100_000)
    if (!nonce) throw new Error('no proof was found')
    expect((await post({ ...OFFER, challenge, nonce }, HERE)).status).toBe(200)
    expect(await refused(await post({ ...OFFER, challenge, nonce }, HERE))).toHaveProperty('challenge')

    const user = await client(server, HERE)
    const own = { ...OFFER, sdp: sdp(77) }
    user.send(own)
    const demand = await user.next('refused')
    if (!demand.challenge) throw new Error('no work was asked for')
    const proof = new WorkPuzzle(demand.challenge, own.sdp, nodePrimitives).search(8, 0, 100_000)
    if (!proof) throw new Error('no proof was found')
    user.send({ ...own, challenge: demand.challenge, nonce: proof })
    expect(await user.next('answer')).toMatchObject({ offerId: 1 })
  })
})

describe('another version', () => {
  it('is served if an older one is spoken by both, and told which', async () => {
    await start()
    const volunteer = new Peer(`${server.wsUrl}/v1/bridge`, parseServerToBridge)
    await once(volunteer.socket, 'open')
    volunteer.send({ type: 'register', version: 99, oldest: PROTOCOL_VERSION, capacity: 1 })
    expect(await volunteer.next('registered')).toMatchObject({ version: PROTOCOL_VERSION })
    const user = await client(server, HERE)
    user.send({ ...OFFER, version: 99, oldest: PROTOCOL_VERSION })
    const { offerId } = await volunteer.next('offer')
    volunteer.send({ type: 'answer', offerId, sdp: sdp(2) })
    expect(await user.next('answer')).toMatchObject({ version: PROTOCOL_VERSION })
  })

  it('is told what is spoken here if there is none', async () => {
    await start()
    const user = await client(server, HERE)
    user.send({ ...OFFER, version: 99 })
    expect(await user.next('refused')).toMatchObject({ reason: 'version', version: PROTOCOL_VERSION })
  })
})

/** What becomes of one more client's socket from there. */
async function refusedUpgrade(from: string): Promise<string> {
  const socket = new WebSocket(`${server.wsUrl}/v1/client`, { headers: { 'x-forwarded-for': from } })
  const [error] = await once(socket, 'error')
  return (error as Error).message
}
