import { describe, expect, it } from 'vitest'
import { parseByteCount } from './byte-count.ts'

describe('a count of bytes', () => {
  it.each([
    ['256MB', 256_000_000],
    ['256mb', 256_000_000],
    ['500 kB', 500_000],
    ['1.5G', 1_500_000_000],
    ['2TB', 2_000_000_000_000],
    ['250000', 250_000],
    ['250000B', 250_000],
  ])('reads %s', (text, count) => {
    expect(parseByteCount(text)).toBe(count)
  })

  it.each(['', '0', '0.0001', 'MB', '-1MB', '2 XB', '2MB ', '2MB/s', 'NaN', '1e9', '9'.repeat(400)])(
    'does not read %j',
    (text) => {
      expect(parseByteCount(text)).toBeUndefined()
    },
  )
})
