import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Box } from './box.ts'
import type { NatKind } from './nat.ts'
import { UdpEndpoint } from './udp-endpoint.test.helper.ts'

const unavailable = await Box.unavailable()

/** Who gets through to a host that has sent to `friend`: another port of the friend's host, or another host. */
const KINDS: readonly [NatKind, { readonly letsIn: readonly string[]; readonly keepsPort: boolean }][] = [
  ['full-cone', { letsIn: ['stranger', 'neighbour', 'friend'], keepsPort: true }],
  ['address-restricted', { letsIn: ['neighbour', 'friend'], keepsPort: true }],
  ['port-restricted', { letsIn: ['friend'], keepsPort: true }],
  ['symmetric', { letsIn: ['friend'], keepsPort: false }],
]

describe.skipIf(unavailable)(`NAT routers in a box${unavailable ? ` (skipped: ${unavailable})` : ''}`, () => {
  let box: Box
  let friend: UdpEndpoint
  let neighbour: UdpEndpoint
  let stranger: UdpEndpoint

  beforeAll(async () => {
    box = await Box.create()
    const [one, other] = [await box.addHost('one'), await box.addHost('other')]
    ;[friend, neighbour, stranger] = await Promise.all([
      UdpEndpoint.open(one),
      UdpEndpoint.open(one),
      UdpEndpoint.open(other),
    ])
  })

  afterAll(() => box?.close())

  it.each(KINDS)('behave as %s: %o', async (kind, { letsIn, keepsPort }) => {
    const host = await box.addHost(kind.slice(0, 9), { nat: kind })
    const inside = await UdpEndpoint.open(host)

    await inside.send(friend.at, 'hello')
    const { from: seenByFriend } = await friend.receive()
    expect(seenByFriend.address).toBe(host.publicAddress)

    // The friend comes last and gets in everywhere: what has not come by then was refused.
    await stranger.send(seenByFriend, 'stranger')
    await neighbour.send(seenByFriend, 'neighbour')
    await friend.send(seenByFriend, 'friend')
    const came: string[] = []
    while (came.at(-1) !== 'friend') came.push((await inside.receive()).text)
    expect(came).toEqual(letsIn)

    // Also where the stranger has knocked before, which must not take the port from the host.
    await inside.send(stranger.at, 'hello')
    const { from: seenByStranger } = await stranger.receive()
    expect(seenByStranger.port === seenByFriend.port).toBe(keepsPort)
  })

  it('hides ports that were never used', async () => {
    const host = await box.addHost('quiet', { nat: 'full-cone' })
    const inside = await UdpEndpoint.open(host)
    await stranger.send(inside.at, 'too early')
    await inside.send(friend.at, 'hello')
    const { from } = await friend.receive()
    await friend.send(from, 'in time')
    expect((await inside.receive()).text).toBe('in time')
  })
})
