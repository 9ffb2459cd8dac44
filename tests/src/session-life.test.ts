import {
  CloseCode,
  type ErrorCode,
  MAX_STREAMS,
  ResetCode,
  RESUME_TIMEOUT_MS,
  type SessionStream,
} from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import { echo, Exchange, letter, MemoryNetwork } from './memory-network.test.helper.ts'

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

/** Collects the failures of a stream. */
function failuresOf(stream: SessionStream): ErrorCode[] {
  const failures: ErrorCode[] = []
  stream.listen({ failed: (code) => failures.push(code) })
  return failures
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

  it('keeps its paths for as long as nobody needs them', async () => {
    const { network, client, ended } = begin()
    network.addBridge(client)
    await network.run(() => client.established)
    network.addBridge(client)
    await network.pass(600_000)
    expect(network.bridges.map(({ closed }) => closed)).toEqual([false, false])
    expect(ended).toEqual([])
  })

  it.each(['client', 'egress'] as const)('sets up over the next bridge when the first is silent toward the %s', async (victim) => {
    const { network, client } = begin()
    const silent = network.addBridge(client, (packet, toward) => (toward === victim ? [] : [packet]))
    network.addBridge(client)
    const exchange = new Exchange(client.open(TARGET), PLAIN)
    await network.run(() => exchange.finished)
    expect(silent.closedWith.client).toBe(CloseCode.timeout)
    await network.pass(120_000)
    expect(network.bridges.map(({ closed }) => closed)).toEqual([true, false])
  })

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
    expect(network.clock.pending).toBe(1) // The egress's wait for the first packet of a carrier that never ended.
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
      const carried = (): number => network.bridges.reduce((sum, { seen }) => sum + seen.client.length + seen.egress.length, 0)
      await network.run(() => carried() >= packets)
      client.close()
      await network.pass(5_000)
      expect(ended, `after ${packets} packets`).toEqual([undefined])
      expect(network.bridges.map(({ closed }) => closed), `after ${packets} packets`).toEqual([true, true, true])
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

describe('streams of a session', () => {
  it('carry their bytes whole, 200 at once', async () => {
    const { network, client } = begin()
    network.addBridge(client)
    network.addBridge(client)
    const exchanges = Array.from({ length: 200 }, (_, index) =>
      new Exchange(client.open(TARGET), letter(`stream ${index}`, 1_000 + index * 500)),
    )
    await network.run(() => exchanges.every(({ finished }) => finished))
    await network.pass(100)
    expect(client.streamCount).toBe(0)
  })

  it('come to an end at the number that a session may have, and make room again', async () => {
    const { network, client } = begin()
    network.addBridge(client)
    const exchanges = Array.from({ length: MAX_STREAMS }, () => new Exchange(client.open(TARGET), PLAIN.subarray(0, 10)))
    expect(() => client.open(TARGET)).toThrow(expect.objectContaining({ code: 'limit' }))
    await network.run(() => exchanges.every(({ finished }) => finished))
    await network.pass(100)
    const more = new Exchange(client.open(TARGET), PLAIN)
    await network.run(() => more.finished)
  })

  it('go on in one direction after the other has ended', async () => {
    // The target answers only when everything was asked, and then says more than fits any window.
    const answer = letter('the answer', 2_000_000)
    const { network, client } = begin((stream) => {
      let asked = 0
      let sent = 0
      const send = (): void => {
        while (sent < answer.length && stream.writableBytes > 0) {
          stream.write(answer.subarray(sent, sent + 50_000))
          sent += 50_000
        }
        if (sent >= answer.length) stream.end()
      }
      stream.accept()
      stream.listen({
        readable: () => {
          for (let bytes = stream.read(); bytes !== undefined; bytes = stream.read()) {
            if (bytes === null) {
              expect(asked).toBe(PLAIN.length)
              return send()
            }
            asked += bytes.length
          }
        },
        writable: send,
      })
    })
    network.addBridge(client)
    const stream = client.open(TARGET)
    const parts: Uint8Array[] = []
    let over = false
    stream.listen({
      readable: () => {
        for (let bytes = stream.read(); bytes !== undefined; bytes = stream.read()) {
          if (bytes === null) {
            over = true
            return
          }
          parts.push(bytes)
        }
      },
    })
    stream.write(PLAIN)
    stream.end()
    await network.run(() => over)
    expect(Buffer.concat(parts).equals(answer)).toBe(true)
  })

  it('tell the egress that the client gave up, once, and are gone on both sides', async () => {
    const failures: ErrorCode[] = []
    const { network, client } = begin((stream) => {
      stream.accept()
      stream.listen({ failed: (code) => failures.push(code) })
    })
    network.addBridge(client)
    const stream = client.open(TARGET)
    stream.write(PLAIN)
    await network.pass(100)
    stream.reset(ResetCode.aborted)
    stream.reset(ResetCode.aborted)
    await network.pass(100)
    expect(failures).toEqual(['reset'])
    expect(client.streamCount).toBe(0)
    expect(stream.read()).toBeUndefined()
  })

  it.each([
    [ResetCode.refused, 'refused'],
    [ResetCode.unreachable, 'unreachable'],
    [ResetCode.unknownHost, 'unknown-host'],
    [ResetCode.notAllowed, 'not-allowed'],
    [ResetCode.timeout, 'timeout'],
    [ResetCode.limit, 'limit'],
    [ResetCode.reset, 'reset'],
    [ResetCode.aborted, 'reset'],
    [ResetCode.failed, 'reset'],
  ])('tell the client why the egress ended one: %i is %s', async (code, expected) => {
    const { network, client } = begin((stream) => stream.reset(code))
    network.addBridge(client)
    const stream = client.open(TARGET)
    const failures = failuresOf(stream)
    stream.write(PLAIN)
    await network.pass(100)
    expect(failures).toEqual([expected])
    expect(client.streamCount).toBe(0)
  })

  it('do not reach a target when they were given up before they got out', async () => {
    const { network, client } = begin()
    const stream = client.open(TARGET)
    stream.reset(ResetCode.aborted)
    network.addBridge(client)
    await network.pass(1_000)
    expect(network.accepted).toEqual([])
    expect(client.streamCount).toBe(0)
  })
})
