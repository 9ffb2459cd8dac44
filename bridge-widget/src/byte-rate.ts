import { FootbridgeError } from '@footbridge/shared'

const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9 }
const RATE = /^(\d{1,9}(?:\.\d{1,3})?) ?([KMG]?)B?(?:\/s)?$/i

/** Bytes per second in a text such as `2MB`, `500 kB/s` or `250000`. Throws `usage`. */
export function parseByteRate(text: string): number {
  const [, number, unit = ''] = RATE.exec(text) ?? []
  const rate = Math.round(Number(number) * (UNIT_BYTES[unit.toUpperCase()] ?? Number.NaN))
  if (!(rate > 0)) {
    throw new FootbridgeError('usage', 'a rate is a number of bytes per second, such as 2MB or 500kB')
  }
  return rate
}
