import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PauseFacts, pauseReason } from './pause-reason.ts'
import { NO_USAGE } from './usage.ts'

const AT = new Date(2026, 10, 24, 12).getTime()

/** From the weightiest on: what brings about each reason, and nothing else. */
const CAUSES = {
  'month-quota': { limits: { monthQuota: 10 }, usage: { monthBytes: 10 } },
  'day-quota': { limits: { dayQuota: 10 }, usage: { dayBytes: 10 } },
  hours: { limits: { hours: { from: 13, to: 12 } } },
  'save-data': { conditions: { savesData: true } },
  cellular: { conditions: { isCellular: true } },
  battery: { conditions: { isBatteryLow: true } },
} as const
const REASONS = Object.keys(CAUSES) as (keyof typeof CAUSES)[]

function factsOf(reasons: readonly (keyof typeof CAUSES)[]): PauseFacts {
  const causes: { limits?: object; usage?: object; conditions?: object }[] = reasons.map(
    (reason) => CAUSES[reason],
  )
  return {
    limits: Object.assign({ clients: 1 }, ...causes.map(({ limits }) => limits)),
    usage: Object.assign({ ...NO_USAGE }, ...causes.map(({ usage }) => usage)),
    conditions: Object.assign(
      { savesData: false, isCellular: false, isBatteryLow: false },
      ...causes.map(({ conditions }) => conditions),
    ),
    at: AT,
  }
}

describe('the reason for a pause', () => {
  it('is the first that holds, in one order', () => {
    fc.assert(
      fc.property(fc.subarray(REASONS), (reasons) => {
        expect(pauseReason(factsOf(reasons))).toBe(reasons[0])
      }),
    )
  })

  it('is none before a quota is reached, whatever was passed on at other times', () => {
    const limits = { clients: 1, dayQuota: 10, monthQuota: 20, hours: { from: 12, to: 13 } }
    const usage = { ...NO_USAGE, dayBytes: 9, monthBytes: 19, bytes: 1e12 }
    expect(pauseReason({ limits, usage, at: AT })).toBeUndefined()
  })
})
