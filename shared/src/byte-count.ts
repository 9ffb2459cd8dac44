const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }
const COUNT = /^(\d{1,9}(?:\.\d{1,3})?) ?([KMGT]?)B?$/i

/** The bytes that a person means by `256MB`, `500 kB` or `250000`; `undefined` for anything else, and for none. */
export function parseByteCount(text: string): number | undefined {
  const [, number, unit = ''] = COUNT.exec(text) ?? []
  const count = Math.round(Number(number) * (UNIT_BYTES[unit.toUpperCase()] ?? Number.NaN))
  return count > 0 ? count : undefined
}
