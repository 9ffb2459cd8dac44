import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'
import { LocalSignals, type LocalSignalsOptions } from './local-signals.ts'

const SDP = [
  'v=0',
  'o=- 1 2 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuv',
  'a=fingerprint:sha-256 AA:BB',
  'a=setup:actpass',
  '',
].join('\r\n')
const DESCRIPTION = { type: 'offer', sdp: SDP }
const candidate = (type: string, number: number) => ({
  type: 'candidate',
  candidate: { candidate: `candidate:${number} 1 udp 1 8.8.8.${number} 1000 typ ${type}`, sdpMid: '0' },
})

function gather(options: Partial<LocalSignalsOptions> = {}) {
  const told: string[] = []
  const signals = new LocalSignals({
    after: systemClock.after,
    allowPrivateCandidates: false,
    trickle: false,
    awaited: ['srflx'],
    onDescription: (sdp) =>
      told.push([...sdp.matchAll(/8\.8\.8\.(\d)/g)].map(([, number]) => number).join(' ') || 'none'),
    onCandidate: (line, sdpMid) => told.push(`${/8\.8\.8\.(\d)/.exec(line)?.[1]} at ${sdpMid}`),
    ...options,
  })
  return { told, signals }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('what this end tells of itself', () => {
  it('is told at once where candidates trickle, each after the description and once', () => {
    const { told, signals } = gather({ trickle: true })
    signals.add(candidate('host', 1))
    signals.add({ ...DESCRIPTION, sdp: `${SDP}a=${candidate('host', 1).candidate.candidate}\r\n` })
    signals.add(candidate('srflx', 2))
    signals.complete()
    expect(told).toEqual(['1', '2 at 0'])
  })

  it.each(['srflx', 'relay'] as const)('is complete soon after a candidate of the kind %s', (kind) => {
    const { told, signals } = gather({ awaited: [kind] })
    signals.add(DESCRIPTION)
    signals.add(candidate('host', 1))
    vi.advanceTimersByTime(500)
    signals.add(candidate(kind, 2))
    expect(told).toEqual([])
    vi.advanceTimersByTime(49)
    signals.add(candidate(kind, 3))
    expect(told).toEqual([])
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['1 2 3'])
    signals.add(candidate('host', 4))
    signals.complete()
    vi.advanceTimersByTime(10_000)
    expect(told).toHaveLength(1)
  })

  it('waits for each kind that a server was asked for, for as long as a person can wait', () => {
    const { told, signals } = gather({ awaited: ['srflx', 'relay'] })
    signals.add(DESCRIPTION)
    signals.add(candidate('srflx', 1))
    vi.advanceTimersByTime(999)
    expect(told).toEqual([])
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['1'])
  })

  it('is complete when there are no more candidates, even none at all', () => {
    const { told, signals } = gather({ awaited: [] })
    signals.add(candidate('host', 1))
    signals.complete()
    expect(told).toEqual([])
    signals.add(DESCRIPTION)
    expect(told).toEqual(['1'])
    const bare = gather({ awaited: [] })
    bare.signals.add(DESCRIPTION)
    bare.signals.complete()
    expect(bare.told).toEqual(['none'])
  })

  it('waits for nothing once it is stopped', () => {
    const { told, signals } = gather()
    signals.add(DESCRIPTION)
    signals.add(candidate('srflx', 1))
    signals.stop()
    vi.advanceTimersByTime(10_000)
    expect(told).toEqual([])
  })
})
