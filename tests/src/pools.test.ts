import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OwnPool, volunteer } from '@footbridge/bridge-widget/node'
import { type FootbridgeClient, openClient } from '@footbridge/client'
import { encodeBase64Url, formatInvitation, parsePoolSecret, poolId } from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'

let network: TestNetwork
let folder: string

beforeEach(async () => {
  network = await TestNetwork.start()
  folder = await mkdtemp(join(tmpdir(), 'footbridge-pool-'))
})
afterEach(async () => {
  await network.close()
  await rm(folder, { recursive: true })
})

/** Resolves when nobody has room for the client. */
async function untilRefused(client: FootbridgeClient): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (client.status.trouble === 'no-bridge') resolve()
    }
    client.addEventListener('statechange', look)
    look()
  })
}

it('keeps the places of a private pool for its clients, and its clients to them', async () => {
  const secret = nodePrimitives.randomBytes(32)
  const pool = encodeBase64Url(secret)
  const reserved = await network.addBridge({ capacity: 1, pool: poolId(secret, nodePrimitives) })
  const open = await network.addBridge({ capacity: 1 })
  const clients = () => [reserved.engine.stats.clients, open.engine.stats.clients]

  const friend = await network.addClient({ paths: 1, pool })
  expect(clients()).toEqual([1, 0])
  // The pool is full, and the public bridge idle.
  await using refused = await openClient(network.descriptor, { paths: 1, pool })
  await untilRefused(refused)
  expect(clients()).toEqual([1, 0])

  await refused.close()
  await friend.close()
  await network.addClient({ paths: 1 })
  expect(clients()).toEqual([0, 1])
  // The other way around.
  await using stranger = await openClient(network.descriptor, { paths: 1 })
  await untilRefused(stranger)
  expect(clients()).toEqual([0, 1])
})

it('admits who has an invitation until it is revoked', async () => {
  const ownPool = new OwnPool(folder)
  const stopping = new AbortController()
  const secret = await ownPool.invite()
  expect(await ownPool.invite()).toEqual(secret)
  expect((await stat(join(folder, 'pool-secret'))).mode & 0o777).toBe(0o600)
  const link = formatInvitation(network.descriptor, secret)
  expect(parsePoolSecret(link.split('#')[1] ?? '')).toEqual(Uint8Array.from(secret))
  await volunteer({
    network: network.descriptor,
    rate: undefined,
    pools: [],
    reserved: 1,
    ownPool,
    signal: stopping.signal,
  })

  const friend = await openClient(link, { paths: 1 })
  try {
    await friend.connected(AbortSignal.timeout(10_000))
    const waiting = new Promise<void>((resolve) => {
      friend.addEventListener('statechange', () => {
        if (friend.status.state === 'waiting') resolve()
      })
    })
    expect(await ownPool.revoke()).toBe(true)
    await waiting
    await untilRefused(friend)
    expect(await ownPool.revoke()).toBe(false)
    expect(await ownPool.invite()).not.toEqual(secret)
  } finally {
    await friend.close()
    stopping.abort()
  }
})
