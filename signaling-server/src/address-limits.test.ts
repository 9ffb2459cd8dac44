import { describe, expect, it } from 'vitest'
import { AddressLimits, type Deed, type LimitHit } from './address-limits.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import type { PeerOrigin } from './peer-origin.ts'

const HERE: PeerOrigin = { address: 'here', subnet: 'here' }
const ELSEWHERE: PeerOrigin = { address: 'elsewhere', subnet: 'elsewhere' }
const LOCAL: PeerOrigin = { address: 'local', subnet: 'local', isLocal: true }

class Harness {
  now = 0
  readonly hits: LimitHit[] = []
  readonly counted: [Deed, string][] = []
  readonly limits: AddressLimits

  constructor(limits: Partial<Limits> = {}) {
    this.limits = new AddressLimits({
      limits: { ...DEFAULT_LIMITS, ...limits },
      now: () => this.now,
      onHit: (limit) => this.hits.push(limit),
      onCounted: (deed, address) => this.counted.push([deed, address]),
    })
  }
}

describe('what an address may do', () => {
  it('is limited per minute, and others are not touched by it', () => {
    const harness = new Harness({ offersPerMinute: 2 })
    const ask = (origin: PeerOrigin): boolean => harness.limits.mayOffer(origin)
    expect([ask(HERE), ask(HERE), ask(HERE), ask(ELSEWHERE)]).toEqual([true, true, false, true])
    harness.now = 30_000
    expect([ask(HERE), ask(HERE)]).toEqual([true, false])
    expect(harness.hits).toEqual(['offer', 'offer'])
  })

  it('is limited in bridges at once, after the rate', () => {
    const harness = new Harness({ registrationsPerMinute: 3, maxBridgesPerAddress: 1 })
    expect(harness.limits.mayRegister(HERE)).toBe(true)
    const unregister = harness.limits.registered(HERE)
    expect(harness.limits.mayRegister(HERE)).toBe(false)
    unregister()
    expect(harness.limits.mayRegister(HERE)).toBe(true)
    expect(harness.limits.mayRegister(HERE)).toBe(false)
    expect(harness.hits).toEqual(['bridges-at-once', 'registration'])
  })

  it('is limited in sockets at once', () => {
    const harness = new Harness({ maxSocketsPerAddress: 1 })
    const closed = harness.limits.opened(HERE)
    expect([harness.limits.mayOpen(HERE), harness.limits.mayOpen(ELSEWHERE)]).toEqual([false, true])
    closed()
    expect(harness.limits.mayOpen(HERE)).toBe(true)
    expect(harness.hits).toEqual(['sockets-at-once'])
  })

  it('does not include sockets for a while after it broke the protocol too often', () => {
    const harness = new Harness({ faultsPerMinute: 2 })
    harness.limits.fault(HERE)
    expect(harness.limits.mayOpen(HERE)).toBe(true)
    for (let faults = 0; faults < 10; faults++) harness.limits.fault(HERE)
    expect([harness.limits.mayOpen(HERE), harness.limits.mayOpen(ELSEWHERE)]).toEqual([false, true])
    harness.now = 30_000
    expect(harness.limits.mayOpen(HERE)).toBe(true)
  })

  it('is not limited on this machine', () => {
    const harness = new Harness({ offersPerMinute: 1, registrationsPerMinute: 1, faultsPerMinute: 1 })
    for (let times = 0; times < 3; times++) {
      harness.limits.fault(LOCAL)
      harness.limits.opened(LOCAL)
      expect(harness.limits.mayOpen(LOCAL)).toBe(true)
      expect(harness.limits.mayOffer(LOCAL)).toBe(true)
      expect(harness.limits.mayRegister(LOCAL)).toBe(true)
    }
  })

  it('includes what another instance counted', () => {
    const harness = new Harness({ offersPerMinute: 3 })
    harness.limits.mayOffer(HERE)
    expect(harness.counted).toEqual([['offer', 'here']])
    harness.limits.charge('offer', 'here', 2)
    expect(harness.limits.mayOffer(HERE)).toBe(false)
    expect(harness.counted).toHaveLength(1)
  })
})

it('an address that is active stays limited, however many strangers come', () => {
  const harness = new Harness({ offersPerMinute: 1 })
  harness.limits.mayOffer(HERE)
  let refused = 0
  for (let stranger = 0; stranger < 200_000; stranger++) {
    if (!harness.limits.mayOffer({ address: String(stranger), subnet: '' })) refused += 1
    if (stranger % 10_000 === 0) expect(harness.limits.mayOffer(HERE)).toBe(false)
  }
  expect(refused).toBe(0)
})
