import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Clock,
  checkDescriptor,
  type NetworkDescriptor,
  parseDescriptor,
  type SignedDescriptor,
  succeed,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { describe, expect, it } from 'vitest'
import { EGRESS, startTestServer } from './server.test.helper.ts'
import { DESCRIPTOR_LIFETIME_MS, SIGN_AGAIN_MS, SignedNetwork } from './signed-network.ts'

const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [EGRESS],
  stun: [],
  ticketKey: EGRESS.publicKey,
}
const KEYS = nodePrimitives.ed25519.generate()
const START = 1_700_000_000_000

function at(startMs: number): { readonly network: SignedNetwork; readonly clock: Clock & { wall: number } } {
  const clock = { wall: startMs, wallNow: () => clock.wall, now: () => 0, after: () => () => {} }
  return { network: new SignedNetwork(KEYS, nodePrimitives, clock), clock }
}

describe('what signaling says of its network', () => {
  it('is signed once, and anew when it changes or an hour is over', () => {
    const { network, clock } = at(START)
    const first = network.sign(NETWORK)
    checkDescriptor(first, nodePrimitives)
    expect(first).toMatchObject({ sequence: START, expiresAt: START + DESCRIPTOR_LIFETIME_MS })
    clock.wall += SIGN_AGAIN_MS - 1
    expect(network.sign({ ...NETWORK })).toBe(first)
    const changed = network.sign({ ...NETWORK, stun: ['stun:stun.example:3478'] })
    expect(changed.sequence).toBe(START + SIGN_AGAIN_MS - 1)
    clock.wall += SIGN_AGAIN_MS
    expect(network.sign(NETWORK).sequence).toBe(clock.wall)
  })

  it('has numbers that rise, though the clock is set back', () => {
    const { network, clock } = at(START)
    const numbers = [network.sign(NETWORK).sequence]
    for (const setBackMs of [1, 1_000, 86_400_000]) {
      clock.wall = START - setBackMs
      const { sequence, expiresAt } = network.sign(NETWORK)
      numbers.push(sequence)
      expect(expiresAt).toBe(clock.wall + DESCRIPTOR_LIFETIME_MS)
    }
    expect(numbers).toEqual([START, START + 1, START + 2, START + 3])
  })

  it('is signed by a key that is made at the first start for its owner alone, and serves at the next', async () => {
    const read = async (url: string): Promise<SignedDescriptor> =>
      parseDescriptor(await (await fetch(`${url}/v1/network`)).text()) as SignedDescriptor
    await using server = await startTestServer()
    const first = await read(server.url)
    const key = join(server.folder, 'state', 'network.key')
    expect((await stat(key)).mode & 0o777).toBe(0o600)
    await using next = await startTestServer()
    expect((await read(next.url)).networkKey).not.toBe(first.networkKey)
    await writeFile(join(next.folder, 'state', 'network.key'), await readFile(key))
    await using again = await startTestServer({}, { stateDirectory: join(next.folder, 'state') })
    const second = await read(again.url)
    expect(succeed(first, second, { now: Date.now(), primitives: nodePrimitives })).toBe(second)
  })
})
