import { describe, expect, it } from 'vitest'
import { NO_RECEIPT, PathState } from './path.ts'

const PACKET = 50_000
/** Bytes per millisecond of the simulated path. */
const RATE = 5_000
const ROUND_TRIP_MS = 40

/** Keeps the window full for `ms`; packets are delivered at RATE, and acknowledged one by one when `release` says so. */
function run(ms: number, release: (deliveredAt: number) => number): PathState {
  const path = new PathState(0, 0, true)
  const deliveries: number[] = []
  let acked = 0
  const fill = (now: number): void => {
    while (path.room > 0) {
      deliveries.push(Math.max(now, deliveries.at(-1) ?? 0) + PACKET / RATE)
      path.send(PACKET, [NO_RECEIPT], now)
    }
  }
  for (let now = 0; now <= ms; now += 1) {
    fill(now)
    while (release(deliveries[acked] ?? Number.POSITIVE_INFINITY) + ROUND_TRIP_MS <= now) {
      acked += 1
      path.acked(acked, now)
      fill(now)
    }
  }
  return path
}

describe('the books of a path', () => {
  it('keep in flight about what the path delivers in a round trip and a little queue', () => {
    const path = run(5_000, (deliveredAt) => deliveredAt)
    const window = path.inFlight + path.room
    expect(window).toBeGreaterThan(RATE * ROUND_TRIP_MS)
    expect(window).toBeLessThan(RATE * (ROUND_TRIP_MS + 60))
  })

  it('do not take a burst of acknowledgements after a pause for a quicker path', () => {
    const path = run(8_000, (deliveredAt) =>
      Math.max(deliveredAt, Math.floor(deliveredAt / 1_000) * 1_000 + 60),
    )
    expect(path.inFlight + path.room).toBeLessThan(RATE * (ROUND_TRIP_MS + 60))
  })

  it('probe soon after data stops coming, and ever less often after that', () => {
    const path = new PathState(0, 0, true)
    path.receive(100, { asks: false, carries: true }, 0)
    const probes: number[] = []
    for (let now = 0; now < 40_000; now += 100) {
      if (!path.pingDue(now)) continue
      probes.push(now)
      path.probed()
      path.receive(30, { asks: false, carries: false }, now)
    }
    expect(probes).toEqual([500, 1_500, 3_500, 7_500, 15_500, 25_500, 35_500])
  })

  it('tell each receipt either that it was acknowledged or that it was lost, once', () => {
    const path = new PathState(0, 0, true)
    const told: string[] = []
    const receipt = { acked: () => told.push('acked'), lost: () => told.push('lost') }
    path.send(10, [receipt], 0)
    path.requeue()
    path.requeue()
    expect(path.acked(1, 5)).toBe(true)
    expect(told).toEqual(['lost'])
    expect(path.acked(2, 5)).toBe(false)
  })
})
