import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TRANSITIONS } from './engine-state.ts'
import { formatMessage, type OriginMessage, parseMessage } from './origin-messages.ts'

const amount = fc.double({ min: 0, max: 1e15, noNaN: true }).map((value) => value + 0)
const limits = fc.record({ clients: fc.integer({ min: 1, max: 1_024 }) })

const messages: fc.Arbitrary<OriginMessage> = fc.oneof(
  fc.constantFrom({ type: 'ask' } as const, { type: 'off' } as const),
  fc.record({ type: fc.constant('limits' as const), limits }),
  fc.record({
    type: fc.constant('status' as const),
    status: fc.record({
      state: fc.constantFrom('connecting', 'waiting', 'helping', 'paused', 'unsuitable'),
      reason: fc.constantFrom(undefined, 'version', 'no-webrtc', 'connection-budget'),
      stats: fc.record({
        clients: amount,
        peopleHelped: amount,
        bytesDown: amount,
        bytesUp: amount,
        since: fc.option(amount, { nil: undefined }),
      }),
      limits: fc.option(limits, { nil: undefined }),
    }),
  }),
)

const status = (change: object) =>
  JSON.stringify({
    type: 'status',
    status: {
      state: 'waiting',
      stats: { clients: 0, peopleHelped: 0, bytesDown: 0, bytesUp: 0 },
      ...change,
    },
  })

describe('messages between the tabs of an origin', () => {
  it('arrive as they were sent', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(parseMessage(formatMessage(message))).toEqual(message)
      }),
    )
  })

  it.each([
    ['no text', { type: 'ask' }],
    ['over-long', formatMessage({ type: 'ask' }).padEnd(20_000)],
    ['no JSON', '{'],
    ['null', 'null'],
    ['of a type that is not known', '{"type":"start"}'],
    ['of a type that every object has', '{"type":"constructor"}'],
    ['about a bridge that is off', status({ state: 'off' })],
    ['about a state that is none', status({ state: 'toString' })],
    ['about a reason that is none', status({ reason: 'valueOf' })],
    ['without stats', status({ stats: undefined })],
    ['with less than none', status({ stats: { clients: -1, peopleHelped: 0, bytesDown: 0, bytesUp: 0 } })],
    ['with markup', status({ stats: { clients: '<b>', peopleHelped: 0, bytesDown: 0, bytesUp: 0 } })],
    ['with limits that are none', '{"type":"limits","limits":null}'],
    ['with no limits', '{"type":"limits"}'],
  ])('that are %s are dropped', (_, data) => {
    expect(parseMessage(data)).toBeUndefined()
  })

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json()), (data) => {
        const message = parseMessage(data)
        if (message?.type === 'status') expect(TRANSITIONS).toHaveProperty(message.status.state)
      }),
    )
  })
})
