import { join } from 'node:path'
import { KEY_BYTES, type OutcomePage, parseOutcomePage, signOutcomeAccess } from '@footbridge/shared'
import { nodePrimitives, readSecret } from '@footbridge/shared/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'

let network: TestNetwork

beforeAll(async () => {
  network = await TestNetwork.start()
})
afterAll(() => network.close())

async function ask(authorization?: string): Promise<Response> {
  const headers = authorization === undefined ? {} : { authorization }
  return await fetch(`${network.egress.url}/v1/outcomes`, { headers })
}

async function readOutcomes(): Promise<OutcomePage> {
  const secretKey = await readSecret(join(network.folder, 'signaling', 'ticket.key'), KEY_BYTES)
  if (!secretKey) throw new Error('signaling keeps its key elsewhere')
  const access = { egress: network.egress.descriptor.id, expiresAt: Date.now() + 5_000 }
  const response = await ask(`Bearer ${signOutcomeAccess(access, nodePrimitives.ed25519.signer(secretKey))}`)
  expect(response.status).toBe(200)
  return parseOutcomePage(await response.text())
}

it('lets signaling know what became of the path of each ticket', async () => {
  await network.addBridge()
  const client = await network.addClient({ paths: 1 })
  expect((await readOutcomes()).outcomes).toEqual([])
  await client.close()
  await expect.poll(async () => (await readOutcomes()).outcomes).toHaveLength(1)
  const [outcome] = (await readOutcomes()).outcomes
  expect(outcome).toEqual({ ticket: expect.any(String), type: 'ended', bytes: expect.any(Number) })
  expect(outcome?.bytes).toBeGreaterThan(0)
})

it('lets nobody else know', async () => {
  const stranger = nodePrimitives.ed25519.generate()
  const access = { egress: network.egress.descriptor.id, expiresAt: Date.now() + 5_000 }
  const forged = signOutcomeAccess(access, nodePrimitives.ed25519.signer(stranger.secretKey))
  for (const authorization of [undefined, '', 'Bearer', 'Bearer x', `Basic ${forged}`, `Bearer ${forged}`]) {
    const response = await ask(authorization)
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('This is for signaling.\n')
  }
})
