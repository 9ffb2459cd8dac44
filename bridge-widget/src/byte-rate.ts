import { FootbridgeError, parseByteCount } from '@footbridge/shared'

/** Bytes per second in a text such as `2MB`, `500 kB/s` or `250000`. Throws `usage`. */
export function parseByteRate(text: string): number {
  const rate = parseByteCount(text.replace(/\/s$/i, ''))
  if (rate === undefined) {
    throw new FootbridgeError('usage', 'a rate is a number of bytes per second, such as 2MB or 500kB')
  }
  return rate
}
