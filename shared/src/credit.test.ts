import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReceiveCredit, SendCredit } from './credit.ts'

const ROUND_TRIP_MS = 50

describe('receive credit', () => {
  it('counts each byte once, however often it comes', () => {
    const credit = new ReceiveCredit(100, 1_000)
    expect(credit.receive(40)).toBe(40)
    expect(credit.receive(40)).toBe(0)
    expect(credit.receive(10)).toBe(0)
    expect(credit.receive(100)).toBe(60)
  })

  it('refuses the first byte past its limit and counts none of it', () => {
    const credit = new ReceiveCredit(100, 1_000)
    expect(() => credit.receive(101)).toThrow(
      expect.objectContaining({ name: 'FootbridgeError', code: 'protocol' }),
    )
    expect(credit.received).toBe(0)
  })

  it('is due to be raised when half of its window was taken', () => {
    const credit = new ReceiveCredit(100, 100)
    credit.receive(50)
    credit.consumed = 49
    expect(credit.raiseDue).toBe(false)
    credit.consumed = 50
    expect(credit.raiseDue).toBe(true)
    expect(credit.raise(1_000, ROUND_TRIP_MS, false)).toBe(150)
    expect(credit.raiseDue).toBe(false)
  })

  it('doubles its window up to the most allowed while it is used up within two round trips', () => {
    const credit = new ReceiveCredit(100, 350)
    const windows = [1_000, 1_050, 1_100, 1_150].map((now) => {
      const window = credit.raise(now, ROUND_TRIP_MS, false) - credit.consumed
      credit.consumed = credit.limit
      return window
    })
    expect(windows).toEqual([100, 200, 350, 350])
  })

  it('doubles its window when the sender used it up though the reader took all that it could', () => {
    const credit = new ReceiveCredit(100, 800)
    const windows = [1_000, 2_000, 3_000].map((now) => {
      const window = credit.raise(now, ROUND_TRIP_MS, true) - credit.consumed
      credit.receive(credit.limit)
      credit.consumed = credit.limit
      return window
    })
    expect(windows).toEqual([100, 200, 400])
  })

  it('keeps its window for a reader that takes its time', () => {
    const credit = new ReceiveCredit(100, 800)
    for (let now = 1_000; now < 5_000; now += 2 * ROUND_TRIP_MS) {
      expect(credit.raise(now, ROUND_TRIP_MS, false) - credit.consumed).toBe(100)
      credit.consumed = credit.limit
    }
  })

  it('never takes back a limit it gave, nor gives more than the largest window', () => {
    const raises = fc.array(fc.record({ taken: fc.nat(400), afterMs: fc.nat(300) }), { maxLength: 50 })
    fc.assert(
      fc.property(raises, (plan) => {
        const credit = new ReceiveCredit(100, 800)
        let now = 0
        let before = credit.limit
        for (const { taken, afterMs } of plan) {
          credit.receive(Math.min(credit.limit, credit.received + taken))
          credit.consumed = credit.received
          now += afterMs
          expect(credit.raise(now, ROUND_TRIP_MS, false)).toBeGreaterThanOrEqual(before)
          expect(credit.limit - credit.consumed).toBeLessThanOrEqual(800)
          before = credit.limit
        }
      }),
    )
  })
})

describe('send credit', () => {
  it('says when a higher limit ends a wait', () => {
    const credit = new SendCredit(10)
    expect(credit.raise(20)).toBe(false)
    credit.sent = 20
    expect(credit.available).toBe(0)
    expect(credit.raise(21)).toBe(true)
    expect(credit.available).toBe(1)
  })

  it('ignores a limit that is no higher, as one that was overtaken is', () => {
    const credit = new SendCredit(10)
    credit.sent = 10
    expect(credit.raise(10)).toBe(false)
    expect(credit.raise(3)).toBe(false)
    expect(credit.limit).toBe(10)
  })
})
