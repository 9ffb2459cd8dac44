import type { NatClass } from '@footbridge/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type BridgePeer,
  bridge,
  client,
  OFFER,
  PUBLIC_CANDIDATE,
  sdp,
  startTestServer,
  type TestServer,
} from './server.test.helper.ts'

const TURN = { urls: ['turn:turn.example:3478'], secret: 'north' }
/** Of the same socket as the other, by another STUN server. */
const OTHER_PORT = PUBLIC_CANDIDATE.replace('46154', '46155')

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({}, { turn: TURN })
})
afterEach(() => server.close())

/** Whether the bridge gets a relay along with an offer of a client that says this of itself. */
async function isGivenRelay(
  volunteer: BridgePeer,
  facts: { readonly nat?: NatClass; readonly unreached?: boolean },
): Promise<boolean> {
  const user = await client(server)
  user.send({ ...OFFER, ...facts })
  const { offerId, turn } = await volunteer.next('offer')
  volunteer.send({ type: 'decline', offerId, reason: 'busy' })
  await user.next('refused')
  if (turn) expect(turn).toMatchObject({ urls: TURN.urls, username: expect.stringMatching(/^\d+:/) })
  return turn !== undefined
}

describe('a bridge is given a relay', () => {
  it.each<[NatClass | undefined, NatClass | undefined, boolean]>([
    ['strict', 'strict', true],
    ['strict', 'restricted', true],
    ['strict', undefined, true],
    ['strict', 'open', false],
    ['restricted', 'restricted', false],
    ['restricted', undefined, false],
    [undefined, undefined, false],
    ['open', 'open', false],
  ])('if its NAT is %s and the client’s %s: %s; and the other way round', async (one, other, given) => {
    for (const [own, clients] of [
      [one, other],
      [other, one],
    ]) {
      const volunteer = await bridge(server, { ...(own && { nat: own }) })
      expect(await isGivenRelay(volunteer, { ...(clients && { nat: clients }) })).toBe(given)
      volunteer.socket.close()
      await volunteer.closed
    }
  })

  it('for a client that found no way to the last one', async () => {
    const volunteer = await bridge(server, { nat: 'open' })
    expect(await isGivenRelay(volunteer, { nat: 'open', unreached: true })).toBe(true)
  })

  it('once it has told that its NAT is strict', async () => {
    const volunteer = await bridge(server)
    expect(await isGivenRelay(volunteer, { nat: 'restricted' })).toBe(false)
    volunteer.send({ type: 'load', clients: 0, nat: 'strict' })
    expect(await isGivenRelay(volunteer, { nat: 'restricted' })).toBe(true)
  })

  it.each([
    ['its answer', [PUBLIC_CANDIDATE, OTHER_PORT], []],
    ['its answer and a candidate after it', [PUBLIC_CANDIDATE], [OTHER_PORT]],
    ['candidates after its answer', [], [PUBLIC_CANDIDATE, OTHER_PORT]],
  ])('once %s showed that its NAT is strict', async (_what, within, after) => {
    const volunteer = await bridge(server)
    const user = await client(server)
    user.send({ ...OFFER, nat: 'restricted' })
    const { offerId, turn } = await volunteer.next('offer')
    expect(turn).toBeUndefined()
    volunteer.send({ type: 'answer', offerId, sdp: sdp(2, within) })
    for (const candidate of after) volunteer.send({ type: 'candidate', offerId, candidate })
    await user.next('answer')
    for (const _ of after) await user.next('candidate')
    expect(await isGivenRelay(volunteer, { nat: 'restricted' })).toBe(true)
  })

  it('never in a network without one', async () => {
    await using plain = await startTestServer()
    const volunteer = await bridge(plain, { nat: 'open' })
    const user = await client(plain)
    user.send({ ...OFFER, nat: 'strict', unreached: true })
    expect(await volunteer.next('offer')).not.toHaveProperty('turn')
  })
})
