import { createServer } from 'node:http'
import {
  type ClientToServer,
  encodeSignalingMessage,
  type NetworkDescriptor,
  parseClientToServer,
} from '@footbridge/shared'
import { nodeWebRtc } from '@footbridge/shared/node'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { startOrigin } from './proxy.test.helper.ts'
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

it('refuses a bridge to an egress that the network does not have, and tells the server', async () => {
  const server = createServer()
  const cancelled = new Promise<ClientToServer>((resolve) => {
    new WebSocketServer({ server }).on('connection', (socket) => {
      socket.on('message', (bytes: Buffer) => {
        const message = parseClientToServer(bytes)
        if (message.type === 'cancel') resolve(message)
        if (message.type !== 'offer') return
        const { offerId } = message
        const answer = { type: 'answer', offerId, sdp: 'v=0', bridgeId: 'b', egress: 'two' } as const
        socket.send(encodeSignalingMessage(answer))
      })
    })
  })
  const origin = `http://127.0.0.1:${await startOrigin(server)}`
  const way = new WebSocketWayIn({ origin, network: NETWORK, webRtc: nodeWebRtc() })
  onTestFinished(() => way.close())
  const meeting = way.meet({ avoid: [] }, AbortSignal.timeout(5_000))
  await expect(meeting).rejects.toMatchObject({ code: 'protocol' })
  expect(await cancelled).toMatchObject({ type: 'cancel' })
})
