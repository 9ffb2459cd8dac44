import { FootbridgeError, parseByteCount } from '@footbridge/shared'
import { checkLimits, type HoursOfDay, type VolunteerLimits } from '../volunteer-limits.ts'

/** When a volunteer helps, and how much in which time. */
export type Allowance = Pick<VolunteerLimits, 'dayQuota' | 'monthQuota' | 'hours'>

const HOURS = /^(\d{1,2})-(\d{1,2})$/

/** `--quota 2GB/day --quota 50GB/month --hours 8-22`. Throws `usage`. */
export function parseAllowance(quotas: readonly string[], hours: string | undefined): Allowance {
  const day = quotas.flatMap((text) => parseQuota(text, 'day') ?? [])
  const month = quotas.flatMap((text) => parseQuota(text, 'month') ?? [])
  if (day.length > 1 || month.length > 1 || day.length + month.length < quotas.length) {
    throw new FootbridgeError(
      'usage',
      '--quota is a number of bytes each day or month, such as 2GB/day or 50GB/month: at most one of each',
    )
  }
  const allowance = {
    dayQuota: day[0],
    monthQuota: month[0],
    hours: hours === undefined ? undefined : parseHours(hours),
  }
  checkLimits({ clients: 1, ...allowance })
  return allowance
}

function parseQuota(text: string, period: string): number | undefined {
  const [count = '', per, ...rest] = text.split('/')
  return per === period && rest.length === 0 ? parseByteCount(count) : undefined
}

function parseHours(text: string): HoursOfDay {
  const [, from, to] = HOURS.exec(text) ?? []
  if (from === undefined) {
    throw new FootbridgeError(
      'usage',
      '--hours goes from one hour of the day to another, such as 8-22 or 22-6',
    )
  }
  return { from: Number(from), to: Number(to) }
}
