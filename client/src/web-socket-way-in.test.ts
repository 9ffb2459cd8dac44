import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import {
  type ClientAnswerMessage,
  type ClientOfferMessage,
  type ClientRefusedMessage,
  type ClientToServer,
  encodeSignalingMessage,
  leadingZeros,
  type NetworkDescriptor,
  parseClientToServer,
  type UnknownMessage,
  WORK_CHALLENGE_BYTES,
  WorkPuzzle,
} from '@footbridge/shared'
import { nodePrimitives, nodeWebRtc } from '@footbridge/shared/node'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { startOrigin } from './proxy.test.helper.ts'
import { DEAD_END, reachability } from './way-in.test.helper.ts'
import type { MeetingRequest } from './way-in.ts'
import { WebSocketWayIn } from './web-socket-way-in.ts'

const KEY = 'A'.repeat(43)
const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'one', url: 'https://egress.example', publicKey: KEY }],
  stun: [],
  ticketKey: KEY,
  allowPrivateCandidates: true,
}

type Reply = Omit<ClientAnswerMessage, 'offerId'> | Omit<ClientRefusedMessage, 'offerId'>

/** Meets through a server that gives `reply` to the offer; what the server hears. */
async function meet(reply: Reply, request: Partial<MeetingRequest> = {}, reach = reachability()) {
  const server = createServer()
  const heard: (ClientToServer | UnknownMessage)[] = []
  const hearing = new EventEmitter<Record<ClientToServer['type'] | 'unknown', [unknown]>>()
  const [offer, cancel] = [once(hearing, 'offer'), once(hearing, 'cancel')]
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (bytes: Buffer) => {
      const message = parseClientToServer(bytes)
      heard.push(message)
      hearing.emit(message.type, message)
      if (message.type !== 'offer') return
      socket.send(encodeSignalingMessage({ ...reply, offerId: message.offerId }))
    })
  })
  const origin = `http://127.0.0.1:${await startOrigin(server)}`
  const way = new WebSocketWayIn({ origin, network: NETWORK, webRtc: nodeWebRtc(), reachability: reach })
  onTestFinished(() => way.close())
  const meeting = way.meet({ avoid: [], faulty: [], ...request }, AbortSignal.timeout(5_000))
  return { meeting, offer: offer.then(([message]) => message), cancel, heard }
}

it('passes on which bridge is wanted and which were faulty, and says nothing of either otherwise', async () => {
  const refusal = { type: 'refused', reason: 'no-bridge', retryAfterMs: 5 } as const
  const { meeting, offer } = await meet(refusal, { avoid: ['a'], bridge: 'b', faulty: ['c'] })
  expect(await offer).toMatchObject({ avoid: ['a'], bridge: 'b', faulty: ['c'] })
  expect(await meeting).toEqual(refusal)
  const plain = await meet(refusal)
  expect(Object.keys(await plain.offer)).toEqual(['type', 'version', 'oldest', 'offerId', 'sdp', 'avoid'])
  await plain.meeting
})

it.each([
  ['to an egress that the network does not have', 'two', {}],
  ['that was not asked for', 'one', { bridge: 'another' }],
])('refuses a bridge %s, and tells the server', async (_, egress, request) => {
  const answer = { type: 'answer', sdp: 'v=0', bridgeId: 'b', egress } as const
  const { meeting, cancel } = await meet(answer, request)
  await expect(meeting).rejects.toMatchObject({ code: 'protocol' })
  await cancel
})

it('works for its offer when it is asked to, once, and says everything again', async () => {
  const challenge = new Uint8Array(WORK_CHALLENGE_BYTES).fill(1)
  const demand = { type: 'refused', reason: 'no-bridge', retryAfterMs: 5, challenge, bits: 8 } as const
  const { meeting, heard } = await meet(demand)
  expect(await meeting).toEqual({ type: 'refused', reason: 'no-bridge', retryAfterMs: 5 })
  const [first, second, ...more] = heard.filter(({ type }) => type === 'offer') as ClientOfferMessage[]
  expect(more).toEqual([])
  expect(second).toEqual({ ...first, challenge: second?.challenge, nonce: second?.nonce })
  const digest = new WorkPuzzle(challenge, second?.sdp ?? '', nodePrimitives).digest(
    second?.nonce ?? new Uint8Array(),
  )
  expect(leadingZeros(digest)).toBeGreaterThanOrEqual(8)
  // Both were over when they were refused: there is nothing to take back.
  expect(heard.map(({ type }) => type)).not.toContain('cancel')
})

it('tells of the own NAT, and the next time that there was no way to the bridge', async () => {
  const reach = reachability('strict')
  const answer = { type: 'answer', sdp: DEAD_END, bridgeId: 'b', egress: 'one' } as const
  const first = await meet(answer, {}, reach)
  await expect(first.meeting).rejects.toMatchObject({ code: 'unavailable' })
  expect(await first.offer).toMatchObject({ nat: 'strict' })
  const second = await meet({ type: 'refused', reason: 'no-bridge', retryAfterMs: 5 }, {}, reach)
  expect(await second.offer).toMatchObject({ nat: 'strict', unreached: true })
  await second.meeting
})
