import { once } from 'node:events'
import {
  type ClientOfferMessage,
  type Clock,
  encodeBase64Url,
  encodeSignalingMessage,
  FootbridgeError,
  parseServerToClient,
  type SealedOffer,
  sealOffer,
  systemClock,
} from '@footbridge/shared'
import { nodePrimitives as primitives } from '@footbridge/shared/node'
import { describe, expect, it } from 'vitest'
import type { Admission } from './admission.ts'
import type { ClientPort, IntroducesClients } from './rendezvous.ts'
import { SealedOffers } from './sealed-offers.ts'
import {
  bridge,
  OFFER,
  PUBLIC_CANDIDATE,
  sdp,
  startTestServer,
  type TestServer,
} from './server.test.helper.ts'

const ORIGIN = { address: 'a', subnet: 's' }
const FULL_OFFER: ClientOfferMessage = { ...OFFER, sdp: sdp(1, [PUBLIC_CANDIDATE]) }

/** The key that a server's descriptor has. */
async function keyOf({ url }: TestServer): Promise<Uint8Array> {
  const { signalingKey } = await (await fetch(`${url}/v1/network`)).json()
  return Buffer.from(signalingKey, 'base64url')
}

function seal(signalingKey: Uint8Array, offer: unknown = FULL_OFFER, now = Date.now()): SealedOffer {
  return sealOffer(encodeSignalingMessage(offer as ClientOfferMessage), { primitives, signalingKey, now })
}

function read(sealed: SealedOffer, answer: Uint8Array): unknown {
  return parseServerToClient(sealed.open(answer).message)
}

async function post({ url }: TestServer, body: Uint8Array): Promise<Response> {
  return await fetch(`${url}/v1/offers`, { method: 'POST', body: body as Uint8Array<ArrayBuffer> })
}

const bytesOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer())

describe('a sealed offer', () => {
  it('is answered sealed, whether it was posted or is the path of a GET', async () => {
    await using server = await startTestServer()
    const key = await keyOf(server)
    const volunteer = await bridge(server)
    for (const ask of [
      (sealed: SealedOffer) => post(server, sealed.bytes),
      (sealed: SealedOffer) => fetch(`${server.url}/v1/offers/${encodeBase64Url(sealed.bytes)}`),
    ]) {
      const sealed = seal(key)
      const asking = ask(sealed)
      const offer = await volunteer.next('offer')
      expect(offer).toMatchObject({ trickle: false, sdp: FULL_OFFER.sdp })
      volunteer.send({ type: 'answer', offerId: offer.offerId, sdp: sdp(2) })
      const response = await asking
      expect(response.status).toBe(200)
      expect(read(sealed, await bytesOf(response))).toMatchObject({ type: 'answer', sdp: sdp(2) })
    }
  })

  it('shows whoever carries its answer not even whether there was a bridge', async () => {
    await using server = await startTestServer()
    const sealed = seal(await keyOf(server))
    const response = await post(server, sealed.bytes)
    expect(response.status).toBe(200)
    const answer = await bytesOf(response)
    expect(answer).toHaveLength(1_024)
    expect(read(sealed, answer)).toMatchObject({ type: 'refused', reason: 'no-bridge' })
  })

  it('that makes no sense once opened is refused sealed', async () => {
    await using server = await startTestServer()
    const sealed = seal(await keyOf(server), { type: 'cancel', offerId: 1 })
    const answer = await bytesOf(await post(server, sealed.bytes))
    expect(read(sealed, answer)).toMatchObject({ reason: 'malformed' })
  })

  it.each([
    [
      'not sealed to this server',
      (key: Uint8Array) => seal(primitives.x25519.fromSecretKey(key).publicKey).bytes,
    ],
    ['cut off', (key: Uint8Array) => seal(key).bytes.subarray(0, 200)],
    ['nothing but one byte', () => Uint8Array.of(1)],
  ])('that is %s is malformed', async (_, make) => {
    await using server = await startTestServer()
    const bytes = make(await keyOf(server))
    expect((await post(server, bytes)).status).toBe(400)
    expect((await fetch(`${server.url}/v1/offers/${encodeBase64Url(bytes)}`)).status).toBe(400)
  })

  it('in a path may be kept by a cache, for nobody else has the same path; what is none may not', async () => {
    await using server = await startTestServer()
    const sealed = seal(await keyOf(server))
    const { headers } = await fetch(`${server.url}/v1/offers/${encodeBase64Url(sealed.bytes)}`)
    expect(headers.get('cache-control')).toBe('public, max-age=60')
    const nonsense = await fetch(`${server.url}/v1/offers/nonsense!`)
    expect(nonsense.status).toBe(400)
    expect(nonsense.headers.get('cache-control')).toBe('no-store')
  })

  it('counts for its address like any other', async () => {
    await using server = await startTestServer({ offersPerMinute: 1 }, { trustedProxies: 1 })
    const key = await keyOf(server)
    const ask = () =>
      fetch(`${server.url}/v1/offers/${encodeBase64Url(seal(key).bytes)}`, {
        headers: { 'x-forwarded-for': '9.9.9.9' },
      })
    expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(503)
  })

  it('lets its bridge go when nobody waits for the answer any more', async () => {
    await using server = await startTestServer()
    const key = await keyOf(server)
    const volunteer = await bridge(server)
    const given = new AbortController()
    const path = encodeBase64Url(seal(key).bytes)
    const asking = fetch(`${server.url}/v1/offers/${path}`, { signal: given.signal }).catch(() => {})
    const offer = await volunteer.next('offer')
    given.abort()
    await asking
    expect(await volunteer.next('cancel')).toMatchObject({ offerId: offer.offerId })
    volunteer.socket.close()
    await once(volunteer.socket, 'close')
  })
})

describe('sealed offers', () => {
  const keys = primitives.x25519.generate()

  function start(clock: Clock = systemClock) {
    const offers: ClientPort[] = []
    const rendezvous: IntroducesClients = {
      fromClient: (client) => void offers.push(client),
      leave: () => {},
    }
    const admission = { refusalOf: () => undefined } as unknown as Admission
    return { offers, sealed: new SealedOffers({ rendezvous, admission, keys, primitives, clock }) }
  }

  const refusal = { type: 'refused', offerId: 0, reason: 'no-bridge', retryAfterMs: 5 } as const

  it('that come again have the same answer, and are no second offer', async () => {
    const { offers, sealed } = start()
    const { bytes } = seal(keys.publicKey)
    const [first, again] = [sealed.exchange(bytes, ORIGIN), sealed.exchange(bytes, ORIGIN)]
    expect(offers).toHaveLength(1)
    // Whoever repeats it has no say in it.
    again.leave()
    offers[0]?.send(refusal)
    expect(await again.answer).toEqual(await first.answer)
    expect(await sealed.exchange(bytes, ORIGIN).answer).toEqual(await first.answer)
    expect(offers).toHaveLength(1)
  })

  it('that come again once their answer is forgotten are refused', () => {
    const clock = { ...systemClock, monotonic: 0, now: () => clock.monotonic }
    const { offers, sealed } = start(clock)
    const { bytes } = seal(keys.publicKey)
    sealed.exchange(bytes, ORIGIN)
    clock.monotonic += 61_000
    expect(() => sealed.exchange(bytes, ORIGIN)).toThrow(FootbridgeError)
    expect(offers).toHaveLength(1)
  })

  it('of a clock that is wrong are not acted on, and told the time', async () => {
    const { offers, sealed } = start({ ...systemClock, wallNow: () => 1_800_000_000_000 })
    for (const wrong of [-5 * 3_600_000, 130_000]) {
      const offer = seal(keys.publicKey, FULL_OFFER, 1_800_000_000_000 + wrong)
      const answer = offer.open(await sealed.exchange(offer.bytes, ORIGIN).answer)
      expect(answer).toEqual({ time: 1_800_000_000_000, message: new Uint8Array() })
    }
    expect(offers).toHaveLength(0)
  })
})
