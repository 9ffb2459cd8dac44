import {
  decodeBase64Url,
  encodeSignalingMessage,
  parseServerToClient,
  verifyTicket,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bridge,
  client,
  EGRESS,
  OFFER,
  OTHER_EGRESS,
  PRIVATE_CANDIDATE,
  PUBLIC_CANDIDATE,
  sdp,
  startTestServer,
  type TestServer,
} from './server.test.helper.ts'

let server: TestServer

beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

describe('a private pool', () => {
  it('is for those who name it, and those who name it are for nobody else', async () => {
    const reserved = await bridge(server, { pool: 'p' })
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send({ ...OFFER, pool: 'p' })
    const { offerId } = await reserved.next('offer')
    reserved.send({ type: 'decline', offerId, reason: 'busy' })
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
    user.send({ ...OFFER, offerId: 2, avoid: [volunteer.id] })
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
    user.send({ ...OFFER, offerId: 3, bridge: reserved.id })
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
    await volunteer.settled()
    expect([...reserved.unread, ...volunteer.unread]).toEqual([])
  })
})

describe('a volunteer who wants to help fewer people than are helped now', () => {
  it('gets nobody more until there is room again', async () => {
    const volunteer = await bridge(server, { capacity: 8, load: 3 })
    const user = await client(server)
    volunteer.send({ type: 'load', clients: 3, capacity: 3 })
    await volunteer.settled()
    user.send(OFFER)
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
    volunteer.send({ type: 'load', clients: 2 })
    await volunteer.settled()
    user.send({ ...OFFER, offerId: 2 })
    expect(await volunteer.next('offer')).toMatchObject({ sdp: OFFER.sdp })
  })
})

describe('a strict client', () => {
  it('meets an open bridge and no other', async () => {
    await bridge(server, { nat: 'restricted' })
    const open = await bridge(server, { nat: 'open', load: 7 })
    const user = await client(server)
    user.send({ ...OFFER, nat: 'strict' })
    await open.next('offer')
    user.send({ ...OFFER, nat: 'strict', offerId: 2 })
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
  })
})

describe('a client on a WebSocket', () => {
  it('is paired with a bridge, and candidates pass both ways', async () => {
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    user.send({ type: 'candidate', offerId: 1, candidate: PUBLIC_CANDIDATE, sdpMid: '0' })

    const offer = await volunteer.next('offer')
    expect(offer).toMatchObject({ sdp: OFFER.sdp, trickle: true })
    expect(await volunteer.next('candidate')).toMatchObject({
      offerId: offer.offerId,
      candidate: PUBLIC_CANDIDATE,
      sdpMid: '0',
    })
    volunteer.send({ type: 'answer', offerId: offer.offerId, sdp: sdp(2) })
    volunteer.send({ type: 'candidate', offerId: offer.offerId, candidate: PUBLIC_CANDIDATE })

    expect(await user.next('answer')).toEqual({
      type: 'answer',
      offerId: 1,
      sdp: sdp(2),
      bridgeId: volunteer.id,
      egress: offer.egress,
    })
    expect(await user.next('candidate')).toMatchObject({ offerId: 1, candidate: PUBLIC_CANDIDATE })
  })

  it('gets a ticket that verifies under the key of the descriptor and names the egress', async () => {
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send({ ...OFFER, egress: OTHER_EGRESS.id })
    const { ticket, egress } = await volunteer.next('offer')
    expect(egress).toBe(OTHER_EGRESS.id)

    const network = await (await fetch(`${server.url}/v1/network`)).json()
    const expectation = {
      publicKey: decodeBase64Url(network.ticketKey),
      egress: OTHER_EGRESS.id,
      now: Date.now(),
      primitives: nodePrimitives,
    }
    expect(verifyTicket(ticket, expectation)).toMatchObject({ egress: OTHER_EGRESS.id })
    const later = { ...expectation, now: Date.now() + 60_001 }
    expect(() => verifyTicket(ticket, later)).toThrow(expect.objectContaining({ code: 'expired' }))
  })

  it('gets neither ticket nor bridge for an egress that is not known', async () => {
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send({ ...OFFER, egress: 'elsewhere' })
    expect(await user.next('refused')).toMatchObject({ offerId: 1, reason: 'no-bridge' })
    expect(volunteer.unread).toEqual([])
  })

  it('is refused when nobody is there, and served once somebody is', async () => {
    const user = await client(server)
    user.send(OFFER)
    const refused = await user.next('refused')
    expect(refused).toMatchObject({ offerId: 1, reason: 'no-bridge' })
    expect(refused.retryAfterMs).toBeGreaterThan(0)
    const volunteer = await bridge(server)
    user.send(OFFER)
    await volunteer.next('offer')
  })

  it('does not get a bridge that it avoids', async () => {
    const known = await bridge(server)
    const user = await client(server)
    user.send({ ...OFFER, avoid: [known.id] })
    await user.next('refused')
    const other = await bridge(server, { capacity: 2, load: 1 })
    user.send({ ...OFFER, avoid: [known.id] })
    await other.next('offer')
  })

  it('may have several offers under way, each at another bridge', async () => {
    const [one, other] = [await bridge(server), await bridge(server)]
    const user = await client(server)
    user.send(OFFER)
    user.send({ ...OFFER, offerId: 2, sdp: sdp(22) })
    user.send({ ...OFFER, offerId: 3 })
    expect(await user.next('refused')).toMatchObject({ offerId: 3, reason: 'no-bridge' })
    for (const volunteer of [one, other]) {
      const { offerId, sdp } = await volunteer.next('offer')
      volunteer.send({ type: 'answer', offerId, sdp })
    }
    const answers = [await user.next('answer'), await user.next('answer')]
    expect(new Set(answers.map(({ offerId }) => offerId))).toEqual(new Set([1, 2]))
    expect(new Set(answers.map(({ bridgeId }) => bridgeId))).toEqual(new Set([one.id, other.id]))
  })

  it('gets the bridge that it names, as often as it likes, and the bridge hears that it has the client already', async () => {
    const known = await bridge(server, { load: 5 })
    const other = await bridge(server)
    const user = await client(server)
    for (const offerId of [1, 2]) user.send({ ...OFFER, offerId, bridge: known.id, avoid: [known.id] })
    for (const offerId of [1, 2]) {
      const offer = await known.next('offer')
      expect(offer.additional).toBe(true)
      known.send({ type: 'answer', offerId: offer.offerId, sdp: sdp(2) })
      expect(await user.next('answer')).toMatchObject({ offerId, bridgeId: known.id })
    }
    expect(other.unread).toEqual([])
    user.send({ ...OFFER, offerId: 3 })
    expect(await other.next('offer')).not.toHaveProperty('additional')
  })

  it('is refused at once when the bridge that it names declines', async () => {
    const [known, other] = [await bridge(server), await bridge(server)]
    const user = await client(server)
    user.send({ ...OFFER, bridge: known.id })
    const { offerId } = await known.next('offer')
    known.send({ type: 'decline', offerId, reason: 'busy' })
    expect(await user.next('refused')).toMatchObject({ offerId: 1, reason: 'no-bridge' })
    expect(other.unread).toEqual([])
  })

  it('gets no bridge that has yet to answer it for an offer that names none', async () => {
    const known = await bridge(server)
    const user = await client(server)
    user.send({ ...OFFER, bridge: known.id })
    await known.next('offer')
    user.send({ ...OFFER, offerId: 2 })
    expect(await user.next('refused')).toMatchObject({ offerId: 2, reason: 'no-bridge' })
  })

  it('has others spared the bridges that it reports, even with an offer that is refused', async () => {
    const faulty = await bridge(server)
    const busy = await bridge(server, { load: 7 })
    const reporter = await client(server)
    reporter.send({ ...OFFER, egress: 'elsewhere', faulty: [faulty.id, 'nobody'] })
    await reporter.next('refused')
    const user = await client(server)
    user.send(OFFER)
    await busy.next('offer')
    user.send({ ...OFFER, offerId: 2 })
    await faulty.next('offer')
  })

  it('takes its offer back by cancelling or leaving, and the bridge hears of it', async () => {
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    const first = await volunteer.next('offer')
    user.send({ type: 'cancel', offerId: 1 })
    expect(await volunteer.next('cancel')).toMatchObject({ offerId: first.offerId })
    user.send(OFFER)
    const second = await volunteer.next('offer')
    user.socket.close()
    expect(await volunteer.next('cancel')).toMatchObject({ offerId: second.offerId })
  })

  it('may leave once it has its answer, without harm to the pair', async () => {
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    const { offerId } = await volunteer.next('offer')
    volunteer.send({ type: 'answer', offerId, sdp: sdp(2) })
    await user.next('answer')
    user.socket.close()
    await user.closed
    volunteer.send({ type: 'candidate', offerId, candidate: PUBLIC_CANDIDATE })
    await volunteer.settled()
    expect(volunteer.unread).toEqual([])
  })
})

describe('fail-over', () => {
  it('passes a declined offer on, with the candidates so far and a ticket of its own', async () => {
    const first = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    user.send({ type: 'candidate', offerId: 1, candidate: PUBLIC_CANDIDATE })
    const declined = await first.next('offer')
    const second = await bridge(server)
    first.send({ type: 'decline', offerId: declined.offerId, reason: 'busy' })

    const offer = await second.next('offer')
    expect(offer.sdp).toBe(OFFER.sdp)
    expect(offer.ticket).not.toBe(declined.ticket)
    expect(await second.next('candidate')).toMatchObject({ candidate: PUBLIC_CANDIDATE })
    second.send({ type: 'answer', offerId: offer.offerId, sdp: sdp(2) })
    expect(await user.next('answer')).toMatchObject({ bridgeId: second.id })
  })

  it('passes the offer of a bridge that disconnects on at once, and never offers to it again', async () => {
    const ghost = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    await ghost.next('offer')
    const second = await bridge(server, { capacity: 1 })
    ghost.socket.terminate()
    await second.next('offer')
    user.send({ ...OFFER, offerId: 2 })
    expect(await user.next('refused')).toMatchObject({ offerId: 2, reason: 'no-bridge' })
  })

  it('passes on the offer that a bridge answers with nonsense, and closes that bridge', async () => {
    const liar = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    const { offerId } = await liar.next('offer')
    const second = await bridge(server)
    liar.send({ type: 'answer', offerId, sdp: 'nonsense' })
    await second.next('offer')
    expect(await liar.closed).toMatchObject({ code: 4101 })
  })

  it('passes the offer of a silent bridge on after its time, and takes no late answer', async () => {
    await server.close()
    server = await startTestServer({ answerTimeoutMs: 200 })
    const second = await bridge(server, { load: 4 })
    const silent = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    const { offerId } = await silent.next('offer')
    const offer = await second.next('offer')
    expect(await silent.next('cancel')).toMatchObject({ offerId })
    silent.send({ type: 'answer', offerId, sdp: sdp(2) })
    await silent.settled()
    second.send({ type: 'answer', offerId: offer.offerId, sdp: sdp(3) })
    expect(await user.next('answer')).toMatchObject({ sdp: sdp(3), bridgeId: second.id })
  })

  it('ends with a refusal when everybody stays silent', async () => {
    await server.close()
    server = await startTestServer({ answerTimeoutMs: 20 })
    await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    expect(await user.next('refused')).toMatchObject({ reason: 'no-bridge' })
  })
})

describe('capacity', () => {
  it('is never exceeded, and grows back as the bridge tells', async () => {
    const volunteer = await bridge(server, { capacity: 1 })
    const user = await client(server)
    user.send(OFFER)
    const { offerId } = await volunteer.next('offer')
    volunteer.send({ type: 'answer', offerId, sdp: sdp(2) })
    await user.next('answer')
    user.send({ ...OFFER, offerId: 2 })
    await user.next('refused')
    volunteer.send({ type: 'load', clients: 0 })
    await volunteer.settled()
    user.send({ ...OFFER, offerId: 3 })
    await volunteer.next('offer')
  })
})

describe('privacy', () => {
  it('strips private candidates from what crosses it', async () => {
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send({ ...OFFER, sdp: sdp(1, [PRIVATE_CANDIDATE, PUBLIC_CANDIDATE]) })
    user.send({ type: 'candidate', offerId: 1, candidate: PRIVATE_CANDIDATE })
    const offer = await volunteer.next('offer')
    expect(offer.sdp).toBe(sdp(1, [PUBLIC_CANDIDATE]))
    volunteer.send({
      type: 'answer',
      offerId: offer.offerId,
      sdp: sdp(2, [PRIVATE_CANDIDATE, PUBLIC_CANDIDATE]),
    })
    volunteer.send({ type: 'candidate', offerId: offer.offerId, candidate: PRIVATE_CANDIDATE })
    expect((await user.next('answer')).sdp).toBe(sdp(2, [PUBLIC_CANDIDATE]))
    await Promise.all([user.settled(), volunteer.settled()])
    expect([...user.unread, ...volunteer.unread]).toEqual([])
  })

  it('keeps private candidates where the operator allows them', async () => {
    await server.close()
    server = await startTestServer({}, { allowPrivateCandidates: true })
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send(OFFER)
    user.send({ type: 'candidate', offerId: 1, candidate: PRIVATE_CANDIDATE })
    await volunteer.next('offer')
    expect(await volunteer.next('candidate')).toMatchObject({ candidate: PRIVATE_CANDIDATE })
    const network = await (await fetch(`${server.url}/v1/network`)).json()
    expect(network.allowPrivateCandidates).toBe(true)
  })
})

describe('POST /v1/offers', () => {
  async function post(body: Uint8Array<ArrayBuffer> | string, signal?: AbortSignal): Promise<Response> {
    return await fetch(`${server.url}/v1/offers`, { method: 'POST', body, ...(signal && { signal }) })
  }
  async function message(response: Response): Promise<ReturnType<typeof parseServerToClient>> {
    expect(response.headers.get('content-type')).toMatch('application/msgpack')
    return parseServerToClient(new Uint8Array(await response.arrayBuffer()))
  }

  it('answers a complete description with a complete one', async () => {
    const volunteer = await bridge(server)
    const posted = post(
      encodeSignalingMessage({ ...OFFER, sdp: sdp(1, [PUBLIC_CANDIDATE]), egress: EGRESS.id }),
    )
    const offer = await volunteer.next('offer')
    expect(offer).toMatchObject({ sdp: sdp(1, [PUBLIC_CANDIDATE]), trickle: false, egress: EGRESS.id })
    volunteer.send({ type: 'answer', offerId: offer.offerId, sdp: sdp(2, [PUBLIC_CANDIDATE]) })
    const response = await posted
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await message(response)).toEqual({
      type: 'answer',
      offerId: 1,
      sdp: sdp(2, [PUBLIC_CANDIDATE]),
      bridgeId: volunteer.id,
      egress: EGRESS.id,
    })
  })

  it('answers 503 when nobody is there', async () => {
    const response = await post(encodeSignalingMessage(OFFER))
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await message(response)).toMatchObject({ type: 'refused', reason: 'no-bridge' })
  })

  it.each([
    ['nothing', ''],
    ['no msgpack', 'hello'],
    ['a message other than an offer', encodeSignalingMessage({ type: 'cancel', offerId: 1 })],
    ['an offer with a malformed description', encodeSignalingMessage({ ...OFFER, sdp: 'nonsense' })],
  ])('answers 400 to %s', async (_name, body) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await message(response)).toMatchObject({ type: 'refused', reason: 'malformed' })
  })

  it('answers 400 to another version', async () => {
    const response = await post(encodeSignalingMessage({ ...OFFER, version: 99 }))
    expect(response.status).toBe(400)
    expect(await message(response)).toMatchObject({ type: 'refused', reason: 'version' })
  })

  it('answers 413 to an over-long body, with one sentence', async () => {
    const response = await post('x'.repeat(40_000))
    expect(response.status).toBe(413)
    expect(await response.text()).toBe('The body is too long.\n')
  })

  it('takes the offer back when the request is given up', async () => {
    const volunteer = await bridge(server)
    const giveUp = new AbortController()
    const posted = post(encodeSignalingMessage(OFFER), giveUp.signal)
    const { offerId } = await volunteer.next('offer')
    giveUp.abort()
    await expect(posted).rejects.toThrow()
    expect(await volunteer.next('cancel')).toEqual({ type: 'cancel', offerId })
  })
})
