import { watch } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '@footbridge/client'
import {
  decodeBase64Url,
  formatNetworkLink,
  isSigned,
  parseDescriptor,
  type SignedDescriptor,
  signDescriptor,
  unsigned,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestNetwork } from './network.test.helper.ts'

const { ed25519 } = nodePrimitives

let network: TestNetwork
let current: SignedDescriptor
let sign: (message: Uint8Array) => Uint8Array

beforeAll(async () => {
  network = await TestNetwork.start()
  await network.addBridge()
  if (!isSigned(network.descriptor)) throw new Error('the network has no key')
  current = network.descriptor
  const secret = await readFile(join(network.folder, 'signaling', 'network.key'), 'utf8')
  sign = ed25519.signer(decodeBase64Url(secret.trim()))
})

afterAll(() => network.close())

/** What a friend gave away a while ago, with a STUN server that is gone, and what it says of its age. */
function oldLink(life: { readonly sequence: number; readonly expiresAt: number }): string {
  const { networkKey } = current
  const old = { ...unsigned(current), stun: ['stun:127.0.0.1:9'] }
  return formatNetworkLink(signDescriptor(old, { networkKey, ...life }, sign))
}

describe('a network descriptor', () => {
  it('that is past its time serves to get a new one through the network, which is kept', async () => {
    const state = join(network.folder, 'client')
    await mkdir(state)
    const arrived = new Promise<void>((resolve) => {
      const watcher = watch(state, (_, name) => {
        if (name !== 'network.json') return
        watcher.close()
        resolve()
      })
    })
    await using client = await connect(oldLink({ sequence: 1, expiresAt: 2 }), { state })
    expect(client.status.isOutdated).toBe(true)
    await arrived
    expect(client.status.isOutdated).toBe(false)
    const kept = parseDescriptor(await readFile(join(state, 'network.json'), 'utf8')) as SignedDescriptor
    expect(kept.stun).toEqual(current.stun)
    expect(kept.sequence).toBeGreaterThanOrEqual(current.sequence)
    // From now on the kept one counts, not the link.
    await using next = await connect(oldLink({ sequence: 1, expiresAt: 2 }), { state })
    expect(next.status.isOutdated).toBe(false)
  })

  it('that was altered on its way is refused, in one sentence', async () => {
    const forged = formatNetworkLink({ ...current, signaling: ['https://evil.example'] })
    await expect(connect(forged)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/not as its network signed it: get it anew/),
    })
  })
})
