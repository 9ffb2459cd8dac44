import { describe, expect, it } from 'vitest'
import type { KnownNat } from './match-facts.ts'
import { type PairingResult, TrackRecord } from './track-record.ts'

/** A record with one result from each of so many subnets. */
function recordOf(...results: [number, PairingResult['type'], KnownNat?][]): TrackRecord {
  const record = new TrackRecord()
  let subnet = 0
  for (const [count, type, nat = 'unknown'] of results) {
    for (let i = 0; i < count; i++) record.add({ subnet: `subnet ${subnet++}`, nat, type })
  }
  return record
}

describe('the standing of a bridge', () => {
  it('is good once a path worked, and poor when more paths fail or break off than work', () => {
    expect(recordOf().standing).toBe('unproven')
    expect(recordOf([1, 'worked']).standing).toBe('good')
    expect(recordOf([1, 'worked'], [2, 'failed'], [1, 'broke']).standing).toBe('poor')
    expect(recordOf([3, 'worked'], [3, 'failed']).standing).toBe('good')
  })

  it('is not proven by paths that merely came about, nor ruined by two failures', () => {
    expect(recordOf([9, 'connected'], [2, 'failed']).standing).toBe('unproven')
    expect(recordOf([2, 'broke']).standing).toBe('unproven')
  })

  it('hears each subnet once, by its latest result', () => {
    const record = recordOf([1, 'worked'])
    for (let i = 0; i < 100; i++) record.add({ subnet: 'hostile', nat: 'unknown', type: 'failed' })
    expect(record.standing).toBe('good')
    record.add({ subnet: 'subnet 0', nat: 'unknown', type: 'broke' })
    expect(record.standing).toBe('unproven')
  })

  it('forgets the oldest results', () => {
    expect(recordOf([40, 'failed'], [32, 'worked']).standing).toBe('good')
    expect(recordOf([40, 'worked'], [32, 'failed']).standing).toBe('poor')
  })
})

describe('the NAT class of a bridge', () => {
  it('is what it says while nothing speaks against it', () => {
    expect(recordOf().nat(undefined)).toBe('unknown')
    expect(recordOf([2, 'failed', 'strict']).nat('open')).toBe('open')
    expect(recordOf([9, 'worked', 'restricted']).nat(undefined)).toBe('unknown')
  })

  it('is open if strict clients get through, whatever it says', () => {
    expect(recordOf([1, 'worked', 'strict']).nat(undefined)).toBe('unknown')
    expect(recordOf([1, 'worked', 'strict'], [1, 'broke', 'strict']).nat('restricted')).toBe('open')
  })

  it('is restricted if strict clients fail while others get through', () => {
    expect(recordOf([3, 'failed', 'strict'], [1, 'worked', 'restricted']).nat('open')).toBe('restricted')
    expect(recordOf([3, 'failed', 'strict']).nat(undefined)).toBe('restricted')
  })

  it('is strict if restricted clients fail', () => {
    expect(recordOf([3, 'failed', 'restricted'], [3, 'worked', 'open']).nat(undefined)).toBe('strict')
    expect(recordOf([3, 'failed', 'restricted'], [1, 'connected', 'restricted']).nat(undefined)).toBe(
      'unknown',
    )
    expect(recordOf([3, 'failed', 'strict']).nat('strict')).toBe('strict')
  })
})
