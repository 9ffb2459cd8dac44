import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseByteRate } from './byte-rate.ts'

describe('a byte rate', () => {
  it.each([
    ['2MB', 2_000_000],
    ['2mb', 2_000_000],
    ['500 kB/s', 500_000],
    ['1.5G', 1_500_000_000],
    ['250000', 250_000],
  ])('reads %s', (text, rate) => {
    expect(parseByteRate(text)).toBe(rate)
  })

  it.each(['', '0', 'MB', '-1MB', '2 XB', '2MB ', 'NaN', '1e9'])('refuses %j', (text) => {
    expect(() => parseByteRate(text)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('is either a whole positive number or refused as wrong usage', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseByteRate(text)).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' })
        }
      }),
    )
  })
})
