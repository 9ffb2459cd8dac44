import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ClientOfferMessage,
  encodeSignalingMessage,
  parseServerToBridge,
  type ServerToClient,
} from '@footbridge/shared'
import type { Limits } from './limits.ts'
import { startRedis, type TestRedis } from './redis.test.helper.ts'
import {
  type BridgePeer,
  type ClientPeer,
  OFFER,
  sdp,
  startTestServer,
  type TestServer,
} from './server.test.helper.ts'
import type { SignalingServerOptions } from './signaling-server.ts'

export interface TestCluster extends AsyncDisposable {
  readonly redis: TestRedis
  readonly one: TestServer
  readonly other: TestServer
}

/** Two servers with one ticket key and one Redis. */
export async function startTestCluster(
  limits: Partial<Limits> = {},
  options: Partial<SignalingServerOptions> = {},
): Promise<TestCluster> {
  const redis = await startRedis()
  const stateDirectory = await mkdtemp(join(tmpdir(), 'footbridge-cluster-'))
  const start = (): Promise<TestServer> =>
    startTestServer(limits, { ...options, redis: redis.url, stateDirectory })
  const [one, other] = [await start(), await start()]
  return {
    redis,
    one,
    other,
    async [Symbol.asyncDispose]() {
      await Promise.all([one.close(), other.close()])
      await redis[Symbol.asyncDispose]()
      await rm(stateDirectory, { recursive: true, force: true })
    },
  }
}

/** Has the bridge answer whatever it is offered. */
export function answering(volunteer: BridgePeer): BridgePeer {
  volunteer.socket.on('message', (data) => {
    const message = parseServerToBridge(data as Buffer)
    if (message.type !== 'offer') return
    volunteer.socket.send(
      encodeSignalingMessage({ type: 'answer', offerId: message.offerId, sdp: sdp(message.offerId) }),
    )
  })
  return volunteer
}

/** What comes of an offer that is made anew, as clients do it, until somebody has room: instances learn that by and by. */
export async function served(
  user: ClientPeer,
  offer: Partial<ClientOfferMessage> = {},
): Promise<Extract<ServerToClient, { type: 'answer' }>> {
  for (let attempt = 0; ; attempt++) {
    const offerId = (offer.offerId ?? OFFER.offerId) + 1_000 * attempt
    user.send({ ...OFFER, ...offer, offerId })
    const message = await user.take()
    if (message.type === 'answer') return message
    if (message.type !== 'refused' || message.reason !== 'no-bridge')
      throw new Error(`got ${JSON.stringify(message)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
