import { CloseCode } from '@footbridge/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.test.helper.ts'
import { MemoryCarrier } from './memory-carrier.test.helper.ts'
import { RateLimiter } from './rate-limit.ts'
import { RELAY_BUFFER_BYTES, RELAY_IDLE_MS, Relay } from './relay.ts'

function relayed({ rate }: { rate?: number } = {}) {
  const clock = new ManualClock()
  const client = new MemoryCarrier()
  const egress = new MemoryCarrier()
  const ends: CloseCode[] = []
  const limiter = rate === undefined ? undefined : new RateLimiter(rate, clock)
  const relay = new Relay(client, egress, { clock, limiter, onEnd: (code) => ends.push(code) })
  return { clock, client, egress, ends, relay }
}

const packet = (length: number, fill = 0) => new Uint8Array(length).fill(fill)

describe('a relay', () => {
  it('copies every message one to one, in order, both ways, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 64 }))), (messages) => {
        const { client, egress, relay } = relayed()
        for (const [up, bytes] of messages) (up ? client : egress).deliver(bytes)
        const [ups, downs] = [true, false].map((way) =>
          messages.filter(([up]) => up === way).map(([, b]) => b),
        )
        expect(egress.sent).toEqual(ups)
        expect(client.sent).toEqual(downs)
        expect(relay.bytesUp).toBe(ups?.reduce((sum, { length }) => sum + length, 0))
        expect(relay.bytesDown).toBe(downs?.reduce((sum, { length }) => sum + length, 0))
      }),
    )
  })

  it.each(['client', 'egress'] as const)('passes on why the %s closed', (side) => {
    const { client, egress, ends } = relayed()
    const [ending, other] = side === 'client' ? [client, egress] : [egress, client]
    ending.end(CloseCode.unknownSession)
    expect(other.closedWith).toBe(CloseCode.unknownSession)
    expect(ends).toEqual([CloseCode.unknownSession])
  })

  it('tells the other end of a carrier that died without a word', () => {
    const { client, egress, ends } = relayed()
    client.end()
    expect(egress.closedWith).toBe(CloseCode.peerLost)
    expect(ends).toEqual([CloseCode.peerLost])
  })

  it('says the same to both ends when its owner closes it, once', () => {
    const { client, egress, ends, relay } = relayed()
    relay.close(CloseCode.leaving)
    relay.close(CloseCode.done)
    expect([client.closedWith, egress.closedWith]).toEqual([CloseCode.leaving, CloseCode.leaving])
    expect(ends).toEqual([])
  })

  it('closes both ends when one sends more than the other takes', () => {
    const { client, egress, ends } = relayed()
    client.bufferedAmount = RELAY_BUFFER_BYTES
    egress.deliver(packet(1))
    expect(ends).toEqual([])
    client.bufferedAmount += 1
    egress.deliver(packet(1))
    expect(ends).toEqual([CloseCode.overflow])
    expect([client.closedWith, egress.closedWith]).toEqual([CloseCode.overflow, CloseCode.overflow])
  })

  it('ends when nothing passed for a long time, and only then', () => {
    const { clock, client, egress, ends } = relayed()
    clock.advance(RELAY_IDLE_MS - 1)
    client.deliver(packet(1))
    clock.advance(RELAY_IDLE_MS)
    expect(ends).toEqual([])
    clock.advance(RELAY_IDLE_MS)
    expect(ends).toEqual([CloseCode.timeout])
    expect(egress.closedWith).toBe(CloseCode.timeout)
  })
})

describe('a relay with a limited rate', () => {
  const RATE = 1_000

  it('passes on no more than the rate allows, and all of it in the end, in order', () => {
    const { clock, client, egress } = relayed({ rate: RATE })
    for (let index = 0; index < 100; index++) client.deliver(packet(100, index))
    let before = egress.sent.length
    expect(before * 100).toBeLessThanOrEqual(RATE)
    for (let second = 0; egress.sent.length < 100; second++) {
      expect(second).toBeLessThan(20)
      clock.advance(1_000)
      expect((egress.sent.length - before) * 100).toBeLessThanOrEqual(RATE + 100)
      before = egress.sent.length
    }
    expect(egress.sent.map(([first]) => first)).toEqual(Array.from({ length: 100 }, (_, index) => index))
  })

  it('counts both directions and all clients together, and lets them take turns', () => {
    const clock = new ManualClock()
    const limiter = new RateLimiter(RATE, clock)
    const relays = [0, 1].map(() => {
      const [client, egress] = [new MemoryCarrier(), new MemoryCarrier()]
      new Relay(client, egress, { clock, limiter, onEnd: () => {} })
      return { client, egress }
    })
    const [busy, quiet] = relays as [(typeof relays)[0], (typeof relays)[0]]
    for (let index = 0; index < 100; index++) busy.client.deliver(packet(100))
    quiet.egress.deliver(packet(100))
    clock.advance(1_000)
    expect(quiet.client.sent).toHaveLength(1)
    expect(busy.egress.sent.length * 100 + 100).toBeLessThanOrEqual(2 * RATE + 100)
  })

  it('lets a packet pass that is larger than a second’s worth', () => {
    const { clock, client, egress } = relayed({ rate: RATE })
    client.deliver(packet(60_000))
    client.deliver(packet(1))
    expect(egress.sent).toHaveLength(1)
    clock.advance(59_000)
    expect(egress.sent).toHaveLength(1)
    clock.advance(1_000)
    expect(egress.sent).toHaveLength(2)
  })

  it('lets go of everything that waits before it passes on the end', () => {
    const { clock, client, egress, ends } = relayed({ rate: RATE })
    for (let index = 0; index < 20; index++) egress.deliver(packet(100))
    egress.end(CloseCode.done)
    expect(ends).toEqual([])
    clock.advance(2_000)
    expect(client.sent).toHaveLength(20)
    expect(client.closedWith).toBe(CloseCode.done)
  })

  it('bounds what waits', () => {
    const { client, ends } = relayed({ rate: RATE })
    for (let sent = 0; sent <= RELAY_BUFFER_BYTES + 2 * 65_536; sent += 65_536) client.deliver(packet(65_536))
    expect(ends).toEqual([CloseCode.overflow])
  })
})
