import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import {
  type ClientOfferMessage,
  type ClientToServer,
  encodeSignalingMessage,
  leadingZeros,
  type NetworkDescriptor,
  parseClientToServer,
  type UnknownMessage,
  type WebRtc,
  WORK_CHALLENGE_BYTES,
  WorkPuzzle,
} from '@footbridge/shared'
import { nodePrimitives, nodeWebRtc } from '@footbridge/shared/node'
import { describe, expect, it } from 'vitest'
import { PostWayIn } from './post-way-in.ts'
import { startOrigin } from './proxy.test.helper.ts'
import { DEAD_END, reachability } from './way-in.test.helper.ts'
import type { Meeting, MeetingRequest } from './way-in.ts'

const KEY = 'A'.repeat(43)
const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'one', url: 'https://egress.example', publicKey: KEY }],
  stun: [],
  ticketKey: KEY,
  allowPrivateCandidates: true,
}
const REFUSAL = encodeSignalingMessage({ type: 'refused', offerId: 1, reason: 'no-bridge', retryAfterMs: 5 })

/** The last offer that was posted. */
let received: Promise<ClientToServer | UnknownMessage>

async function meet(
  answer: RequestListener,
  request: Partial<MeetingRequest> = {},
  reach = reachability(),
): Promise<Meeting> {
  const server = createServer((posted, response) => {
    posted.on('end', () => answer(posted, response))
    received = buffer(posted).then(parseClientToServer)
  })
  const origin = `http://127.0.0.1:${await startOrigin(server)}`
  const way = new PostWayIn({ origin, network: NETWORK, webRtc: nodeWebRtc(), reachability: reach })
  return await way.meet({ avoid: [], faulty: [], ...request }, AbortSignal.timeout(5_000))
}

describe('the way in by POST', () => {
  it('reads an answer that comes in chunks', async () => {
    const meeting = await meet((_, response) => {
      response.write(REFUSAL.subarray(0, 5))
      response.end(REFUSAL.subarray(5))
    })
    expect(meeting).toEqual({ type: 'refused', reason: 'no-bridge', retryAfterMs: 5 })
  })

  it('reads an answer that something on the way compressed', async () => {
    const meeting = await meet((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync(REFUSAL))
    })
    expect(meeting.type).toBe('refused')
  })

  describe('whose offer is not there yet', () => {
    class SilentPeer {
      on(): void {}
      destroy(): void {}
    }
    const webRtc = { SimplePeer: SilentPeer } as unknown as WebRtc
    const set = (origin: string, signal: AbortSignal): Promise<Meeting> =>
      new PostWayIn({ origin, network: NETWORK, webRtc, reachability: reachability() }).meet(
        { avoid: [], faulty: [] },
        signal,
      )

    it('opens its connection meanwhile, and says nothing', async () => {
      const server = createServer()
      const connected = once(server, 'connection')
      const giveUp = new AbortController()
      const meeting = set(`http://127.0.0.1:${await startOrigin(server)}`, giveUp.signal)
      const [socket] = (await connected) as [Socket]
      giveUp.abort()
      await expect(meeting).rejects.toMatchObject({ code: 'aborted' })
      await once(socket, 'close')
      expect(socket.bytesRead).toBe(0)
    })

    it('fails as soon as the server cannot be reached', async () => {
      await expect(set('http://127.0.0.1:9', AbortSignal.timeout(5_000))).rejects.toMatchObject({
        code: 'unavailable',
      })
    })
  })

  it('stops reading an answer that is too long', async () => {
    const endless = meet((_, response) => {
      const more = (): void => void (response.destroyed || response.write(new Uint8Array(65_536), more))
      more()
    })
    await expect(endless).rejects.toMatchObject({ code: 'too-large' })
  })

  it('works for its offer when it is asked to, once, and makes the same offer again', async () => {
    const challenge = new Uint8Array(WORK_CHALLENGE_BYTES).fill(1)
    const demand = { type: 'refused', offerId: 0, reason: 'no-bridge', retryAfterMs: 5 } as const
    const offers: (typeof received)[] = []
    const meeting = await meet((_, response) => {
      offers.push(received)
      response.end(encodeSignalingMessage({ ...demand, challenge, bits: 8 }))
    })
    expect(meeting).toEqual({ type: 'refused', reason: 'no-bridge', retryAfterMs: 5 })
    expect(offers).toHaveLength(2)
    const [first, second] = (await Promise.all(offers)) as ClientOfferMessage[]
    expect(first).not.toHaveProperty('nonce')
    expect(second).toEqual({ ...first, challenge: second?.challenge, nonce: second?.nonce })
    const digest = new WorkPuzzle(challenge, second?.sdp ?? '', nodePrimitives).digest(
      second?.nonce ?? new Uint8Array(),
    )
    expect(leadingZeros(digest)).toBeGreaterThanOrEqual(8)
  })

  it('does not work when it is asked for too much', async () => {
    let offers = 0
    const demand = { type: 'refused', offerId: 0, reason: 'no-bridge', retryAfterMs: 5 } as const
    await meet((_, response) => {
      offers += 1
      response.end(
        encodeSignalingMessage({ ...demand, challenge: new Uint8Array(WORK_CHALLENGE_BYTES), bits: 21 }),
      )
    })
    expect(offers).toBe(1)
  })

  it.each([
    [2, 'version'],
    [0, 'old-network'],
  ])('tells from the version %i of the server which side is too old', async (version, reason) => {
    const refusal = { type: 'refused', offerId: 0, reason: 'version', retryAfterMs: 5, version } as const
    const meeting = await meet((_, response) => void response.end(encodeSignalingMessage(refusal)))
    expect(meeting).toEqual({ type: 'refused', reason, retryAfterMs: 5 })
  })

  it('passes on which bridge is wanted and which were faulty, and says nothing of either otherwise', async () => {
    const refuse: RequestListener = (_, response) => void response.end(REFUSAL)
    await meet(refuse, { avoid: ['a'], bridge: 'b', faulty: ['c'] })
    expect(await received).toMatchObject({ avoid: ['a'], bridge: 'b', faulty: ['c'] })
    await meet(refuse)
    expect(Object.keys(await received)).toEqual(['type', 'version', 'oldest', 'offerId', 'sdp', 'avoid'])
  })

  it.each([
    ['to an egress that the network does not have', 'two', {}],
    ['to an egress that was not asked for', 'one', { egress: 'two' }],
    ['that was not asked for', 'one', { bridge: 'another' }],
  ])('refuses a bridge %s, before it connects', async (_, egress, request) => {
    const answer = encodeSignalingMessage({ type: 'answer', offerId: 1, sdp: 'v=0', bridgeId: 'b', egress })
    const meeting = meet((_, response) => void response.end(answer), request)
    await expect(meeting).rejects.toMatchObject({ code: 'protocol' })
  })

  it('tells of the own NAT, and the next time that there was no way to the bridge', async () => {
    const reach = reachability('strict')
    const answer = { type: 'answer', offerId: 1, sdp: DEAD_END, bridgeId: 'b', egress: 'one' } as const
    const meeting = meet((_, response) => response.end(encodeSignalingMessage(answer)), {}, reach)
    await expect(meeting).rejects.toMatchObject({ code: 'unavailable' })
    expect(await received).toMatchObject({ nat: 'strict' })
    expect(await received).not.toHaveProperty('unreached')
    await meet((_, response) => response.end(REFUSAL), {}, reach)
    expect(await received).toMatchObject({ nat: 'strict', unreached: true })
  })

  it('does not blame the way if the server cannot be reached, or nobody has answered', async () => {
    const reach = reachability()
    const dead = meet((_, response) => response.destroy(), {}, reach)
    await expect(dead).rejects.toMatchObject({ code: 'unavailable' })
    expect(reach.facts).toEqual({})
  })
})
