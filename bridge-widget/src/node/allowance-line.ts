import { formatBytes } from '../formats.ts'
import type { Usage } from '../usage.ts'
import type { Allowance } from './limit-options.ts'

/** Such as `300 MB of 2 GB today, 12 GB of 50 GB this month, from 8 to 22 o’clock`; empty without any limit of that kind. */
export function allowanceLine({ dayQuota, monthQuota, hours }: Allowance, usage: Usage): string {
  const parts = [
    dayQuota !== undefined && `${shareOf(usage.dayBytes, dayQuota)} today`,
    monthQuota !== undefined && `${shareOf(usage.monthBytes, monthQuota)} this month`,
    hours !== undefined && `from ${hours.from} to ${hours.to} o’clock`,
  ]
  return parts.filter((part) => part !== false).join(', ')
}

function shareOf(bytes: number, quota: number): string {
  return `${formatBytes(bytes, 'en')} of ${formatBytes(quota, 'en')}`
}
