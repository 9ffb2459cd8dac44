import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BridgeEvent, type BridgeState, nextState, TRANSITIONS } from './engine-state.ts'

const STATES = Object.keys(TRANSITIONS) as BridgeState[]
const EVENTS: BridgeEvent[] = [
  'start',
  'stop',
  'registered',
  'unregistered',
  'occupied',
  'vacated',
  'pause',
  'connect',
  'reject',
]

const run = (events: readonly BridgeEvent[]): BridgeState => events.reduce<BridgeState>(nextState, 'off')

describe('the states of a bridge', () => {
  it.each<[BridgeEvent[], BridgeState]>([
    [['start'], 'testing'],
    [['start', 'connect'], 'connecting'],
    [['start', 'connect', 'registered'], 'waiting'],
    [['start', 'connect', 'registered', 'occupied'], 'helping'],
    [['start', 'connect', 'registered', 'occupied', 'unregistered'], 'helping'],
    [['start', 'connect', 'registered', 'occupied', 'unregistered', 'vacated', 'unregistered'], 'connecting'],
    [['start', 'connect', 'registered', 'occupied', 'vacated'], 'waiting'],
    [['start', 'pause'], 'paused'],
    [['start', 'pause', 'connect'], 'connecting'],
    [['start', 'connect', 'registered', 'connect'], 'waiting'],
    [['start', 'reject'], 'unsuitable'],
    [['start', 'connect', 'reject', 'connect', 'registered'], 'waiting'],
    [['start', 'pause', 'reject', 'pause', 'connect'], 'connecting'],
  ])('after %j is %s', (events, state) => {
    expect(run(events)).toBe(state)
  })

  it('is off whenever it was turned off last', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS)), (events) => {
        expect(run([...events, 'stop'])).toBe('off')
      }),
    )
  })

  it('leaves off only by being started', () => {
    for (const event of EVENTS) expect(nextState('off', event) === 'off').toBe(event !== 'start')
  })

  it('can get to every state, and from each back to off', () => {
    const reached = new Set(STATES.flatMap((state) => EVENTS.map((event) => nextState(state, event))))
    expect([...reached].sort()).toEqual([...STATES].sort())
    for (const state of STATES) expect(nextState(state, 'stop')).toBe('off')
  })

  it('does not stop helping because of what signaling does', () => {
    for (const event of ['registered', 'unregistered', 'pause', 'reject', 'connect'] as const) {
      expect(nextState('helping', event)).toBe('helping')
    }
  })
})
