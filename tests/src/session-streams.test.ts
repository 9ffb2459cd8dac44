import { type ErrorCode, MAX_STREAMS, ResetCode, type SessionStream } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import { Exchange, echo, failuresOf, letter, MemoryNetwork } from './memory-network.test.helper.ts'

const TARGET = { host: 'example.org', port: 443 }
const PLAIN = letter('a line of the letter', 300_000)

function begin(serve: (stream: SessionStream) => void = echo): {
  network: MemoryNetwork
  client: ReturnType<MemoryNetwork['addClient']>
} {
  const network = new MemoryNetwork(serve)
  return { network, client: network.addClient() }
}

describe('streams of a session', () => {
  it('carry their bytes whole, 200 at once', async () => {
    const { network, client } = begin()
    network.addBridge(client)
    network.addBridge(client)
    const exchanges = Array.from(
      { length: 200 },
      (_, index) => new Exchange(client.open(TARGET), letter(`stream ${index}`, 1_000 + index * 500)),
    )
    await network.run(() => exchanges.every(({ finished }) => finished))
    await network.pass(100)
    expect(client.streamCount).toBe(0)
  })

  it('come to an end at the number that a session may have, and make room again', async () => {
    const { network, client } = begin()
    network.addBridge(client)
    const exchanges = Array.from(
      { length: MAX_STREAMS },
      () => new Exchange(client.open(TARGET), PLAIN.subarray(0, 10)),
    )
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
