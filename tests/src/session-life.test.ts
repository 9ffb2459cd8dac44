import { CloseCode, type ErrorCode, RESUME_TIMEOUT_MS, type SessionStream } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import { Exchange, echo, failuresOf, letter, MemoryNetwork } from './memory-network.test.helper.ts'

const TARGET = { host: 'example.org', port: 443 }
const PLAIN = letter('a line of the letter', 300_000)

function begin(serve: (stream: SessionStream) => void = echo): {
  network: MemoryNetwork
  client: ReturnType<MemoryNetwork['addClient']>
  ended: (ErrorCode | undefined)[]
} {
  const network = new MemoryNetwork(serve)
  const ended: (ErrorCode | undefined)[] = []
  return { network, client: network.addClient((code) => ended.push(code)), ended }
}

describe('a session', () => {
  it('goes on over a new path after all paths died, and loses nothing', async () => {
    const { network, client, ended } = begin()
    const bridges = [network.addBridge(client), network.addBridge(client)]
    const exchange = new Exchange(client.open(TARGET), letter('a line', 3_000_000))
    await network.run(() => (bridges[0]?.seen.client.length ?? 0) > 5)
    for (const bridge of bridges) bridge.kill()
    await network.pass(RESUME_TIMEOUT_MS - 1_000)
    expect(exchange.finished).toBe(false)
    network.addBridge(client)
    await network.run(() => exchange.finished)
    expect(ended).toEqual([])
  })

  it('ends on both sides when no path comes back in time', async () => {
    const { network, client, ended } = begin()
    const bridge = network.addBridge(client)
    const failures = failuresOf(client.open(TARGET))
    await network.run(() => client.established)
    bridge.kill()
    await network.pass(RESUME_TIMEOUT_MS + 1)
    expect(failures).toEqual(['session-lost'])
    expect(ended).toEqual(['session-lost'])
    expect(network.clock.pending).toBe(0)
  })

  it('opens streams in the very first packet, so that they cost no round trip of their own', async () => {
    const { network, client } = begin()
    client.open(TARGET)
    const bridge = network.addBridge(client)
    await network.run(() => network.accepted.length > 0)
    expect(bridge.seen.egress.length).toBe(1)
  })

  it.each([-3_600_000, 3_600_000])(
    'stands, and opens its streams late, with a clock that is %i ms off',
    async (off) => {
      const { network } = begin()
      const client = network.addClient(() => {}, off)
      const exchange = new Exchange(client.open(TARGET), PLAIN)
      network.addBridge(client)
      await network.run(() => client.established)
      expect(network.accepted).toEqual([])
      await network.run(() => exchange.finished)
      expect(network.accepted.length).toBe(1)
    },
  )

  it('acknowledges the first packet of a path at once, even if it asks for nothing else', async () => {
    const { network, client } = begin()
    const first = network.addBridge(client)
    await network.run(() => client.established)
    const second = network.addBridge(client)
    await network.pass(50)
    expect([first.seen.egress.length, first.seen.client.length]).toEqual([2, 1])
    expect([second.seen.egress.length, second.seen.client.length]).toEqual([2, 1])
  })

  it('keeps its paths for as long as nobody needs them', async () => {
    const { network, client, ended } = begin()
    network.addBridge(client)
    await network.run(() => client.established)
    network.addBridge(client)
    await network.pass(600_000)
    expect(network.bridges.map(({ closed }) => closed)).toEqual([false, false])
    expect(ended).toEqual([])
  })

  it.each(['client', 'egress'] as const)(
    'sets up over the next bridge when the first is silent toward the %s',
    async (victim) => {
      const { network, client } = begin()
      const silent = network.addBridge(client, (packet, toward) => (toward === victim ? [] : [packet]))
      network.addBridge(client)
      const exchange = new Exchange(client.open(TARGET), PLAIN)
      await network.run(() => exchange.finished)
      expect(silent.closedWith.client).toBe(CloseCode.timeout)
      await network.pass(120_000)
      expect(network.bridges.map(({ closed }) => closed)).toEqual([true, false])
    },
  )

  it('ends when the egress has forgotten it', async () => {
    const { network, client, ended } = begin()
    network.addBridge(client)
    const failures = failuresOf(client.open(TARGET))
    await network.run(() => client.established)
    network.restartEgress()
    network.addBridge(client)
    await network.pass(100)
    expect(ended).toEqual([])
    network.addBridge(client)
    await network.pass(100)
    expect(ended).toEqual(['session-lost'])
    expect(failures).toEqual(['session-lost'])
    // The egress of before still waits for what it cannot know to be gone.
    await network.pass(RESUME_TIMEOUT_MS)
    expect(network.clock.pending).toBe(0)
  })

  it('does not believe bridges that call it forgotten while another one reaches the egress', async () => {
    const { network, client, ended } = begin()
    network.addBridge(client)
    const exchange = new Exchange(client.open(TARGET), PLAIN)
    await network.run(() => exchange.finished)
    for (let count = 0; count < 5; count += 1) {
      network.addBridge(client, () => []).kill(CloseCode.unknownSession)
      await network.pass(100)
    }
    expect(ended).toEqual([])
  })

  it('tells the egress when the client closes it, and closes every carrier', async () => {
    const { network, client, ended } = begin()
    network.addBridge(client)
    const failures = failuresOf(client.open(TARGET))
    await network.run(() => network.accepted.length > 0)
    network.addBridge(client)
    await network.pass(100)
    const [atEgress] = network.accepted
    const failuresThere = atEgress && failuresOf(atEgress)
    client.close()
    client.close()
    await network.pass(100)
    expect(ended).toEqual([undefined])
    expect(failures).toEqual(['closed'])
    expect(failuresThere).toEqual(['closed'])
    expect(network.bridges.map(({ closedWith }) => closedWith)).toEqual([
      { client: CloseCode.done, egress: CloseCode.done },
      { client: CloseCode.done, egress: CloseCode.done },
    ])
    expect(() => client.open(TARGET)).toThrow(expect.objectContaining({ code: 'closed' }))
  })

  it('tells the client when the egress shuts down, those that are still shaking hands included', async () => {
    const { network, client, ended } = begin()
    const bridge = network.addBridge(client)
    await network.run(() => client.established)
    const early = network.dialEgress()
    await network.egress.close()
    await network.pass(100)
    expect(ended).toEqual(['session-lost'])
    expect(bridge.closed).toBe(true)
    expect(early.closedWith).toBe(CloseCode.shutdown)
  })

  it('leaves no timer and no carrier behind, whenever the client closes it', async () => {
    for (let packets = 0; packets < 10; packets += 1) {
      const { network, client, ended } = begin()
      for (let count = 0; count < 3; count += 1) network.addBridge(client)
      new Exchange(client.open(TARGET), PLAIN)
      const carried = (): number =>
        network.bridges.reduce((sum, { seen }) => sum + seen.client.length + seen.egress.length, 0)
      await network.run(() => carried() >= packets)
      const waiting = client.established ? [] : network.bridges.slice(1)
      client.close()
      await network.pass(100)
      expect(
        waiting.flatMap(({ seen }) => seen.egress),
        `after ${packets} packets`,
      ).toEqual([])
      expect(ended, `after ${packets} packets`).toEqual([undefined])
      expect(
        network.bridges.map(({ closed }) => closed),
        `after ${packets} packets`,
      ).toEqual([true, true, true])
      await network.pass(RESUME_TIMEOUT_MS)
      expect(network.clock.pending, `after ${packets} packets`).toBe(0)
    }
  })

  it('closes a carrier that comes after its end', async () => {
    const { network, client } = begin()
    client.close()
    await network.pass(1)
    const late = network.addBridge(client)
    await network.pass(1)
    expect(late.closedWith).toEqual({ client: CloseCode.done, egress: CloseCode.done })
  })
})
