import type { Plural } from './texts/text.ts'

/*
 * Numbers, sizes and lengths of time as a language writes them.
 */

const BYTE_UNITS = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
const MINUTE_S = 60
const HOUR_S = 3_600

/** The text for `count`, with it. */
export function plural(texts: Plural, count: number, lang: string): string {
  const text = texts[new Intl.PluralRules(lang).select(count)] ?? texts.other
  return text.replace('{count}', formatNumber(count, lang))
}

export function formatNumber(value: number, lang: string): string {
  return new Intl.NumberFormat(lang).format(value)
}

/** Such as `12.3 MB`. */
export function formatBytes(bytes: number, lang: string): string {
  return formatInBytes(bytes, '', lang)
}

/** Such as `1.2 MB/s`. */
export function formatByteRate(bytesPerSecond: number, lang: string): string {
  return formatInBytes(bytesPerSecond, '-per-second', lang)
}

/** Bytes per second as the bits that a person's contract is about, such as `2 Mb/s`. */
export function formatRate(bytesPerSecond: number, lang: string): string {
  return formatUnit((bytesPerSecond * 8) / 1e6, 'megabit-per-second', lang, 1)
}

/** Such as `3 hr 20 min`, or `26 hr`. */
export function formatDuration(seconds: number, lang: string): string {
  const hours = Math.floor(seconds / HOUR_S)
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S)
  if (hours >= 10) return formatUnit(hours, 'hour', lang)
  if (hours === 0) return formatUnit(minutes, 'minute', lang)
  return `${formatUnit(hours, 'hour', lang)} ${formatUnit(minutes, 'minute', lang)}`
}

/** One unit of time in full, such as `5 hours`. */
export function formatLength(seconds: number, lang: string): string {
  const isShort = seconds < HOUR_S
  return formatUnit(seconds / (isShort ? MINUTE_S : HOUR_S), isShort ? 'minute' : 'hour', lang, 0, 'long')
}

/** A whole hour of the day, such as `10 PM` or `22:00`. */
export function formatHour(hour: number, lang: string): string {
  return new Intl.DateTimeFormat(lang, {
    timeStyle: 'short',
    ...(!isKnown(lang) && { hourCycle: 'h23' }),
  }).format(new Date(2026, 0, 1, hour))
}

function formatInBytes(value: number, per: '' | '-per-second', lang: string): string {
  const power = Math.min(BYTE_UNITS.length, Math.max(1, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  const scaled = value / 1_000 ** power
  const digits = power === 1 || scaled >= 100 ? 0 : 1
  return formatUnit(scaled, `${BYTE_UNITS[power - 1] ?? 'kilobyte'}${per}`, lang, digits)
}

function formatUnit(
  value: number,
  unit: string,
  lang: string,
  maximumFractionDigits = 0,
  unitDisplay: 'short' | 'long' = 'short',
): string {
  return new Intl.NumberFormat(lang, {
    style: 'unit',
    unit,
    unitDisplay: isKnown(lang) ? unitDisplay : 'narrow',
    maximumFractionDigits,
  }).format(value)
}

/** Browsers leave out some languages, Burmese in Chromium. Then there are symbols, and no words of another language. */
function isKnown(lang: string): boolean {
  return Intl.NumberFormat.supportedLocalesOf(lang).length > 0
}
