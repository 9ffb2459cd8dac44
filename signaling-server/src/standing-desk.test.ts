import { decodeBase64Url, encodeSignalingMessage, openTicket, parseServerToClient } from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { expect, it } from 'vitest'
import { client, EGRESS, OFFER, startTestServer } from './server.test.helper.ts'

const STANDING = ['https://one.example', 'https://two.example']
const ASKS = { ...OFFER, sdp: '', carrier: 'websocket' } as const

async function ticketKey(url: string): Promise<Uint8Array> {
  const { ticketKey } = (await (await fetch(`${url}/v1/network`)).json()) as { ticketKey: string }
  return decodeBase64Url(ticketKey)
}

it('lists standing bridges in the network descriptor', async () => {
  await using server = await startTestServer({}, { standing: STANDING })
  const network = await (await fetch(`${server.url}/v1/network`)).json()
  expect(network).toMatchObject({ standing: STANDING })
})

it('gives a ticket at once to who asks for a WebSocket, though no bridge has registered', async () => {
  await using server = await startTestServer({}, { standing: STANDING })
  const asking = await client(server)
  asking.send({ ...ASKS, egress: EGRESS.id })
  const { sdp, egress } = await asking.next('answer')
  const check = { publicKey: await ticketKey(server.url), now: Date.now(), primitives: nodePrimitives }
  expect(egress).toBe(EGRESS.id)
  expect(openTicket(sdp, check).egress).toBe(EGRESS.id)
  asking.send(ASKS)
  expect((await asking.next('answer')).sdp).not.toBe(sdp)
})

it('gives a ticket by POST as well', async () => {
  await using server = await startTestServer({}, { standing: STANDING })
  const response = await fetch(`${server.url}/v1/offers`, {
    method: 'POST',
    body: encodeSignalingMessage(ASKS),
  })
  const answer = parseServerToClient(new Uint8Array(await response.arrayBuffer()))
  expect([response.status, answer.type]).toEqual([200, 'answer'])
})

it.each([
  ['without standing bridges', [], ASKS],
  ['for a private pool', STANDING, { ...ASKS, pool: 'a-pool' }],
  ['for an egress that it does not know', STANDING, { ...ASKS, egress: 'unheard-of' }],
] as const)('gives no ticket %s', async (_, standing, offer) => {
  await using server = await startTestServer({}, { standing })
  const asking = await client(server)
  asking.send(offer)
  expect(await asking.next('refused')).toMatchObject({ offerId: 1, reason: 'no-bridge' })
})

it('counts tickets among the offers of an address', async () => {
  await using server = await startTestServer(
    { offersPerMinute: 2 },
    { standing: STANDING, trustedProxies: 1 },
  )
  const asking = await client(server, '203.0.113.7')
  for (const offerId of [1, 2]) {
    asking.send({ ...ASKS, offerId })
    await asking.next('answer')
  }
  asking.send({ ...ASKS, offerId: 3 })
  expect(await asking.next('refused')).toMatchObject({ reason: 'no-bridge' })
})
