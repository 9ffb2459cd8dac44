import { once } from 'node:events'
import {
  type BridgeToServer,
  PROTOCOL_VERSION,
  parseServerToBridge,
  SignalingCloseCode,
} from '@footbridge/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseCountries } from './censored-countries.ts'
import { bridge, client, OFFER, Peer, startTestServer, type TestServer } from './server.test.helper.ts'
import type { SignalingServerOptions } from './signaling-server.ts'

// Universities that have had these for decades, in the installed file of countries.
const IN_SWITZERLAND = '129.132.1.1'
const IN_CHINA = '166.111.4.100'

let server: TestServer
const start = (options: Partial<SignalingServerOptions> = {}) =>
  startTestServer({}, { trustedProxies: 1, ...options })
beforeEach(async () => {
  server = await start()
})
afterEach(() => server.close())

/** What a bridge hears first that asks to be listed. */
async function answerTo(from: string, pool?: string) {
  const peer = new Peer<ReturnType<typeof parseServerToBridge>, BridgeToServer>(
    `${server.wsUrl}/v1/bridge`,
    parseServerToBridge,
    from,
  )
  await once(peer.socket, 'open')
  peer.send({ type: 'register', version: PROTOCOL_VERSION, capacity: 1, pool })
  return { peer, message: await peer.take() }
}

describe('a bridge where helping may do harm', () => {
  it('is refused with the reason, and told to ask again in an hour', async () => {
    const { peer, message } = await answerTo(IN_CHINA)
    expect(message).toEqual({ type: 'refused', reason: 'censored-country', retryAfterMs: 3_600_000 })
    expect(await peer.closed).toMatchObject({ code: SignalingCloseCode.limit })
  })

  it('is listed if it helps people of its own choice', async () => {
    expect((await answerTo(IN_CHINA, 'pool')).message).toMatchObject({ type: 'registered' })
  })

  it('is where the operator says', async () => {
    await server.close()
    server = await start({ censored: ['CH'] })
    expect((await answerTo(IN_SWITZERLAND)).message).toMatchObject({ reason: 'censored-country' })
    expect((await answerTo(IN_CHINA)).message).toMatchObject({ type: 'registered' })
  })

  it('is nowhere if the operator says so, and never where nobody knows the country', async () => {
    expect((await answerTo('192.0.2.1')).message).toMatchObject({ type: 'registered' })
    await server.close()
    server = await start({ censored: [] })
    expect((await answerTo(IN_CHINA)).message).toMatchObject({ type: 'registered' })
  })
})

describe('a bridge is told of its client', () => {
  it.each([
    [IN_CHINA, { country: 'CN' }],
    ['192.0.2.1', {}],
  ])('the country if it is known, and no more (%s)', async (from, told) => {
    const volunteer = await bridge(server, {}, IN_SWITZERLAND)
    const user = await client(server, from)
    user.send(OFFER)
    const { sdp, ticket, ...offer } = await volunteer.next('offer')
    expect(offer).toEqual({
      type: 'offer',
      offerId: expect.any(Number),
      egress: expect.stringMatching(/^egress-[12]$/),
      trickle: true,
      ...told,
    })
  })
})

describe('countries on the command line', () => {
  it.each([
    [
      ['CN,IR', 'ru'],
      ['CN', 'IR', 'RU'],
    ],
    [['CN, IR'], ['CN', 'IR']],
    [[''], []],
  ])('%j are %j', (lists, countries) => {
    expect(parseCountries(lists)).toEqual(countries)
  })

  it.each([['China'], ['C'], ['12']])('%s is none', (text) => {
    expect(() => parseCountries([text])).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})
