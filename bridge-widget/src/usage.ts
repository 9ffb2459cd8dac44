/** What a bridge has done, this visit and before. */
export interface Usage {
  /** The local date of `dayBytes`, such as `2026-11-24`; empty before the first. Its month is that of `monthBytes`. */
  readonly day: string
  readonly dayBytes: number
  readonly monthBytes: number
  /** Times that somebody was helped. */
  readonly peopleHelped: number
  readonly bytes: number
  /** For so long somebody was being helped. */
  readonly seconds: number
}

export const NO_USAGE: Usage = {
  day: '',
  dayBytes: 0,
  monthBytes: 0,
  peopleHelped: 0,
  bytes: 0,
  seconds: 0,
}

/** Longer than any text that `formatUsage` makes. */
const MAX_USAGE_CHARS = 500
const DAY = /^(\d{4}-\d\d-\d\d)?$/
/** `2026-11` */
const MONTH_CHARS = 7

/** What was done all at once at `at`, in milliseconds since 1970. */
export function usageOf(done: Pick<Usage, 'peopleHelped' | 'bytes' | 'seconds'>, at: number): Usage {
  return { ...done, day: localDay(at), dayBytes: done.bytes, monthBytes: done.bytes }
}

/** Both together, as it looks at `at`. */
export function addUsage(one: Usage, other: Usage, at: number): Usage {
  const [a, b] = [usageAt(one, at), usageAt(other, at)]
  return {
    day: a.day,
    dayBytes: sum(a.dayBytes, b.dayBytes),
    monthBytes: sum(a.monthBytes, b.monthBytes),
    peopleHelped: sum(a.peopleHelped, b.peopleHelped),
    bytes: sum(a.bytes, b.bytes),
    seconds: sum(a.seconds, b.seconds),
  }
}

/**
 * As it looks at `at`. A later day or month than the one counted begins at nothing. An earlier one does not: a clock that was set back, or a
 * journey to the west, is no new quota. It takes over what was counted, so a clock that ran ahead by years does no lasting harm.
 */
export function usageAt(usage: Usage, at: number): Usage {
  const day = localDay(at)
  const month = (date: string): string => date.slice(0, MONTH_CHARS)
  return {
    ...usage,
    day,
    dayBytes: day > usage.day ? 0 : usage.dayBytes,
    monthBytes: month(day) > month(usage.day) ? 0 : usage.monthBytes,
  }
}

/** For `parseUsage` of a later visit. */
export function formatUsage(usage: Usage): string {
  return JSON.stringify(usage)
}

/** What `formatUsage` made, if it did: the text may be anybody's. Anything else counts as nothing. */
export function parseUsage(text: string | null | undefined): Usage {
  if (!text || text.length > MAX_USAGE_CHARS) return NO_USAGE
  try {
    const stored = JSON.parse(text)
    const { day, dayBytes, monthBytes, peopleHelped, bytes, seconds } = stored
    const counts = { dayBytes, monthBytes, peopleHelped, bytes, seconds }
    const isValid = DAY.test(day) && Object.values(counts).every(isCount)
    return isValid ? { day, ...counts } : NO_USAGE
  } catch {
    return NO_USAGE
  }
}

function isCount(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0 && (value as number) <= Number.MAX_SAFE_INTEGER
}

function sum(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER)
}

function localDay(at: number): string {
  const date = new Date(at)
  const digits = (value: number, length: number): string => String(value).padStart(length, '0')
  return [digits(date.getFullYear(), 4), digits(date.getMonth() + 1, 2), digits(date.getDate(), 2)].join('-')
}
