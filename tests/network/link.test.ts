import { afterEach, describe, expect, it } from 'vitest'
import { Box } from './box.ts'
import type { LinkShape } from './emulated-link.ts'
import type { Host } from './host.ts'
import { UdpEndpoint } from './udp-endpoint.test.helper.ts'

const unavailable = await Box.unavailable()
/** How late a program may hear of a packet on a machine that is busy with other things. */
const GRACE_MS = 100
/** An IP and a UDP header. */
const HEADER_BYTES = 28

describe.skipIf(unavailable)(`links in a box${unavailable ? ` (skipped: ${unavailable})` : ''}`, () => {
  let box: Box | undefined

  afterEach(() => box?.close())

  /** A host at a link of this shape, with an endpoint, and an echo on a plain cable. */
  async function openPair(link: LinkShape, seed = 1): Promise<[UdpEndpoint, UdpEndpoint, Host]> {
    box = await Box.create({ seed })
    const [host, other] = [await box.addHost('host', { link }), await box.addHost('other')]
    const [endpoint, echo] = await Promise.all([UdpEndpoint.open(host), UdpEndpoint.open(other, 'echo')])
    return [endpoint, echo, host]
  }

  it('add the delays of both ways to a round trip', async () => {
    const [endpoint, echo] = await openPair({ up: { delayMs: 40 }, down: { delayMs: 10 } })
    for (const roundTrip of await endpoint.probe(echo, { count: 20 })) {
      expect(roundTrip).toBeGreaterThanOrEqual(50)
      expect(roundTrip).toBeLessThan(50 + GRACE_MS)
    }
  })

  it('keep the ways apart', async () => {
    box = await Box.create()
    const host = await box.addHost('host', { link: { up: { loss: 1 }, down: {} } })
    const other = await box.addHost('other')
    const [near, far] = await Promise.all([UdpEndpoint.open(host), UdpEndpoint.open(other)])
    await far.send(near.at, 'down')
    expect((await near.receive()).text).toBe('down')
    await near.send(far.at, 'up')
    await host.shape({ up: {}, down: { loss: 1 } })
    await near.send(far.at, 'up again')
    expect((await far.receive()).text).toBe('up again')
  })

  it('lose packets at the rate that was set', async () => {
    const [endpoint, echo] = await openPair({ up: { loss: 0.05 }, down: {} })
    const roundTrips = await endpoint.probe(echo, { count: 4_000, burst: 80, waitMs: 50 })
    const lost = roundTrips.filter((roundTrip) => roundTrip === null).length
    // Five standard deviations to each side.
    expect(lost).toBeGreaterThan(200 - 70)
    expect(lost).toBeLessThan(200 + 70)
  })

  it('lose the same packets for the same seed, and others for another', async () => {
    const losses: number[][] = []
    for (const seed of [7, 7, 8]) {
      const [endpoint, echo] = await openPair({ loss: 0.1 }, seed)
      const roundTrips = await endpoint.probe(echo, { count: 300, burst: 60, waitMs: 100 })
      losses.push(roundTrips.flatMap((roundTrip, index) => (roundTrip === null ? [index] : [])))
      await box?.close()
    }
    expect(losses[1]).toEqual(losses[0])
    expect(losses[2]).not.toEqual(losses[0])
  })

  it('send no faster than their rate', async () => {
    const [endpoint, echo] = await openPair({ up: { bytesPerSecond: 100_000, queueMs: 1_000 }, down: {} })
    const roundTrips = await endpoint.probe(echo, { count: 50, burst: 50, bytes: 1_000 })
    const lineMs = (50 * (1_000 + HEADER_BYTES)) / 100
    expect(roundTrips.at(-1)).toBeGreaterThan(0.95 * lineMs)
    expect(roundTrips.at(-1)).toBeLessThan(lineMs + GRACE_MS)
  })

  it('drop what their queue has no room for', async () => {
    const [endpoint, echo] = await openPair({ up: { bytesPerSecond: 100_000, queueMs: 100 }, down: {} })
    const roundTrips = await endpoint.probe(echo, { count: 50, burst: 50, bytes: 1_000 })
    const cameThrough = roundTrips.filter((roundTrip) => roundTrip !== null)
    expect(cameThrough.length).toBeGreaterThanOrEqual(10)
    expect(cameThrough.length).toBeLessThan(25)
    expect(cameThrough[0]).toBeLessThan(GRACE_MS)
  })

  it('change their shape while in use', async () => {
    const [endpoint, echo, host] = await openPair({ delayMs: 100 })
    expect(Math.min(...known(await endpoint.probe(echo, { count: 5 })))).toBeGreaterThanOrEqual(200)
    await host.shape({ delayMs: 5 })
    expect(Math.min(...known(await endpoint.probe(echo, { count: 5 })))).toBeLessThan(100)
    await host.shape({ loss: 1 })
    expect(await endpoint.probe(echo, { count: 2, waitMs: 50 })).toEqual([null, null])
  })
})

function known(roundTrips: readonly (number | null)[]): number[] {
  return roundTrips.filter((roundTrip) => roundTrip !== null)
}
