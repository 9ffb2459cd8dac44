import type { Conditions } from './conditions.ts'
import type { BridgeReason } from './engine-state.ts'
import type { Usage } from './usage.ts'
import { isWithinHours, type VolunteerLimits } from './volunteer-limits.ts'

export interface PauseFacts {
  readonly limits: VolunteerLimits
  readonly usage: Usage
  /** Absent: nothing speaks against it. */
  readonly conditions?: Omit<Conditions, 'watch'> | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * Why a bridge is not to help now; `undefined` if it may. Of several reasons, the one that lasts longest by its nature: so
 * what a person reads tells best when it goes on.
 */
export function pauseReason({ limits, usage, conditions, at }: PauseFacts): BridgeReason | undefined {
  const { monthQuota, dayQuota, hours } = limits
  if (monthQuota !== undefined && usage.monthBytes >= monthQuota) return 'month-quota'
  if (dayQuota !== undefined && usage.dayBytes >= dayQuota) return 'day-quota'
  if (hours !== undefined && !isWithinHours(hours, at)) return 'hours'
  if (conditions?.savesData) return 'save-data'
  if (conditions?.isCellular) return 'cellular'
  if (conditions?.isBatteryLow) return 'battery'
  return undefined
}
