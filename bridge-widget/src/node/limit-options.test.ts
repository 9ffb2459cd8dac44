import { describe, expect, it } from 'vitest'
import { NO_USAGE } from '../usage.ts'
import { allowanceLine } from './allowance-line.ts'
import { parseAllowance } from './limit-options.ts'

describe('--quota and --hours', () => {
  it.each([
    [[], undefined, {}],
    [['50GB/month'], undefined, { monthQuota: 50e9 }],
    [['2 GB/day', '1TB/month'], '22-6', { dayQuota: 2e9, monthQuota: 1e12, hours: { from: 22, to: 6 } }],
    [[], '0-24', { hours: { from: 0, to: 24 } }],
  ])('reads %j and %s', (quotas, hours, allowance) => {
    expect(parseAllowance(quotas, hours)).toEqual(allowance)
  })

  it.each([
    [['50GB'], undefined],
    [['50GB/week'], undefined],
    [['/month'], undefined],
    [['0/day'], undefined],
    [['50GB/month/day'], undefined],
    [['999999999TB/month'], undefined],
    [['1GB/day', '2GB/day'], undefined],
    [[], '8'],
    [[], '8-8'],
    [[], '8-25'],
    [[], '24-0'],
    [[], '8:00-22:00'],
    [[], `${'8'.repeat(400)}-22`],
  ])('refuses %j and %s', (quotas, hours) => {
    expect(() => parseAllowance(quotas, hours)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('show in a line with what was used', () => {
    const usage = { ...NO_USAGE, dayBytes: 300e6, monthBytes: 12.34e9 }
    const allowance = parseAllowance(['2GB/day', '50GB/month'], '8-22')
    expect(allowanceLine(allowance, usage)).toBe(
      '300 MB of 2 GB today, 12.3 GB of 50 GB this month, from 8 to 22 o’clock',
    )
    expect(allowanceLine({}, usage)).toBe('')
  })
})
