import { CloseCode, type ErrorCode, PacketKind } from '@footbridge/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Bridge,
  Exchange,
  echo,
  letter,
  MemoryNetwork,
  type Misdeed,
  type Side,
} from './memory-network.test.helper.ts'

const TARGET = { host: 'forbidden.example', port: 443 }
const PHRASE = 'meet me at the old footbridge'

/** One kind of mischief, done to `times` packets from the `index`th on toward one side. */
interface Plan {
  readonly kind: 'flip' | 'drop' | 'repeat' | 'swap' | 'inject' | 'truncate'
  readonly toward: Side
  readonly index: number
  readonly times: number
  /** Where in the packet, for those kinds that ask. */
  readonly place: number
}

function misdeedOf({ kind, toward: victim, index: from, times, place }: Plan): Misdeed {
  let held: Uint8Array | undefined
  return (packet, toward, index) => {
    if (toward !== victim) return [packet]
    if (held !== undefined) {
      const late = held
      held = undefined
      return [packet, late]
    }
    if (index < from || index >= from + times) return [packet]
    const at = place % packet.length
    switch (kind) {
      case 'flip':
        return [packet.map((byte, each) => (each === at ? byte ^ (1 << (place % 8)) : byte))]
      case 'drop':
        return []
      case 'repeat':
        return [packet, packet]
      case 'swap':
        held = packet
        return []
      case 'inject':
        return [packet.map((byte) => byte ^ place), packet]
      case 'truncate':
        return [packet.subarray(0, at)]
    }
  }
}

function begin(): {
  network: MemoryNetwork
  client: ReturnType<MemoryNetwork['addClient']>
  ended: (ErrorCode | undefined)[]
} {
  const network = new MemoryNetwork(echo)
  const ended: (ErrorCode | undefined)[] = []
  return { network, client: network.addClient((code) => ended.push(code)), ended }
}

/** Everything that `bridges` were given, as one byte string. */
function everythingSeenBy(bridges: readonly Bridge[]): Buffer {
  return Buffer.concat(bridges.flatMap(({ seen }) => [...seen.client, ...seen.egress]))
}

describe('a bridge', () => {
  it('sees neither what is said nor to whom', async () => {
    const { network, client } = begin()
    network.addBridge(client)
    network.addBridge(client)
    const plain = letter(PHRASE, 1_000_000)
    const exchange = new Exchange(client.open(TARGET), plain)
    await network.run(() => exchange.finished)
    client.close()
    await network.pass(1_000)
    const seen = everythingSeenBy(network.bridges)
    expect(seen.length).toBeGreaterThan(2 * plain.length)
    for (const secret of [PHRASE, PHRASE.slice(0, 12), TARGET.host, 'forbidden']) {
      expect(seen.includes(secret, 0, 'latin1'), secret).toBe(false)
      expect(seen.includes(secret, 0, 'utf16le'), secret).toBe(false)
    }
  })

  it('never fools a stream, whatever it does to packets, and the transfer ends well over an honest one', async () => {
    const plain = letter(PHRASE, 400_000)
    const plans: fc.Arbitrary<Plan> = fc.record({
      kind: fc.constantFrom('flip', 'drop', 'repeat', 'swap', 'inject', 'truncate'),
      toward: fc.constantFrom('client', 'egress'),
      index: fc.nat(8),
      times: fc.constantFrom(1, 2, 3, 1_000),
      place: fc.integer({ min: 1, max: 255 }),
    })
    await fc.assert(
      fc.asyncProperty(plans, fc.boolean(), async (plan, honestFromStart) => {
        const { network, client, ended } = begin()
        const exchange = new Exchange(client.open(TARGET), plain)
        const bad = network.addBridge(client, misdeedOf(plan))
        if (honestFromStart) network.addBridge(client)
        await network.run(() => exchange.finished || bad.closed, 'the end of the bad path')
        if (!honestFromStart) network.addBridge(client)
        await network.run(() => exchange.finished, 'the end of the transfer')
        expect(exchange.failure).toBeUndefined()
        expect(ended).toEqual([])
        expect(everythingSeenBy(network.bridges).includes(PHRASE)).toBe(false)
      }),
      { numRuns: Number(process.env.FOOTBRIDGE_SEEDS ?? 120) },
    )
  }, 120_000)

  const sides: Side[] = ['client', 'egress']
  const kinds = (['flip', 'drop', 'swap', 'truncate', 'repeat', 'inject'] as const).map((kind) => ({
    kind,
    // One packet gone or changed spoils all that follow; an extra one spoils nothing, and must be sent three times.
    times: kind === 'repeat' || kind === 'inject' ? 3 : 1,
  }))
  describe.each(sides)('that misuses packets toward the %s', (toward) => {
    it.each(kinds)(
      'is closed as faulty on both sides after a $kind, and its streams move on',
      async ({ kind, times }) => {
        const { network, client } = begin()
        const bad = network.addBridge(client, misdeedOf({ kind, toward, index: 3, times, place: 30 }))
        const exchange = new Exchange(client.open(TARGET), letter(PHRASE, 3_000_000))
        await network.run(() => bad.closed)
        expect(bad.closedWith).toEqual({ client: CloseCode.faulty, egress: CloseCode.faulty })
        expect(network.clock.now()).toBeLessThan(1_000)
        network.addBridge(client)
        await network.run(() => exchange.finished)
      },
    )
  })

  it('may leave at any packet without harm, the handshake included', async () => {
    const plain = letter(PHRASE, 300_000)
    for (let at = 0; at < 12; at += 1) {
      const { network, client } = begin()
      const exchange = new Exchange(client.open(TARGET), plain)
      const leaving = network.addBridge(client)
      const carried = (): number => leaving.seen.client.length + leaving.seen.egress.length
      await network.run(() => carried() >= at || exchange.finished)
      leaving.kill(CloseCode.leaving)
      network.addBridge(client)
      await network.run(() => exchange.finished)
    }
  })
})

describe('a packet in the wrong place', () => {
  it.each([PacketKind.hello, PacketKind.join])(
    'of kind %i does nothing when a bridge sends it again',
    async (kind) => {
      const { network, client } = begin()
      const exchange = new Exchange(client.open(TARGET), letter(PHRASE, 50_000))
      const first = network.addBridge(client)
      await network.run(() => client.established)
      const second = network.addBridge(client)
      await network.run(() => exchange.finished)
      const bridge = kind === PacketKind.hello ? first : second
      const [packet] = bridge.seen.egress
      if (packet?.[0] !== kind) throw new Error('the bridge did not begin with it')
      const streams = network.accepted.length
      const again = network.dialEgress()
      again.deliver(packet)
      await network.pass(100)
      expect(again.closedWith).toBe(CloseCode.faulty)
      expect(again.outbox).toEqual([])
      expect(network.accepted.length).toBe(streams)
      expect(bridge.closed).toBe(false)
    },
  )

  it('opens no stream when it is a HELLO of long ago', async () => {
    const { network, client } = begin()
    const exchange = new Exchange(client.open(TARGET), letter(PHRASE, 1_000))
    const bridge = network.addBridge(client)
    await network.run(() => exchange.finished)
    client.close()
    await network.pass(600_000)
    const [hello] = bridge.seen.egress
    if (hello === undefined) throw new Error('no HELLO')
    const again = network.dialEgress()
    again.deliver(hello)
    await network.pass(100)
    expect(network.accepted.length).toBe(1)
    await network.pass(120_000)
    expect(network.clock.pending).toBe(0)
  })

  it.each(['of another session', 'of another path'] as const)('is dropped when it is %s', async (origin) => {
    const { network, client, ended } = begin()
    const other = origin === 'of another session' ? network.addClient() : client
    const source = network.addBridge(other)
    await network.run(() => other.established)
    // From its third packet on, this bridge passes on what the other one was given in place of its own.
    const bad = network.addBridge(client, (packet, toward, index) => {
      const foreign = source.seen[toward][index]
      return index < 2 ? [packet] : [foreign ?? packet]
    })
    const streams = [client, other].map(
      (session) => new Exchange(session.open(TARGET), letter(PHRASE, 2_000_000)),
    )
    await network.run(() => bad.closed, 'the end of the bad path')
    expect([bad.closedWith.client, bad.closedWith.egress]).toContain(CloseCode.faulty)
    network.addBridge(client)
    await network.run(() => streams.every(({ finished }) => finished))
    expect(ended).toEqual([])
  })
})
