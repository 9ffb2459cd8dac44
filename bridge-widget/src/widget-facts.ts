import type { BridgeStats } from './bridge-stats.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import type { TextOverrides } from './texts/text.ts'
import type { VolunteerLimits } from './volunteer-limits.ts'

/** A bridge that runs, here or in another tab, and heeds limits at once. */
interface LimitedBridge {
  readonly limits: VolunteerLimits | undefined
  setLimits(limits: VolunteerLimits): void
}

/** What is true of the element, and what it does. */
export interface WidgetFacts {
  readonly layout: string
  readonly texts: TextOverrides
  readonly state: BridgeState
  readonly reason: BridgeReason | undefined
  readonly stats: BridgeStats
  readonly disabled: boolean
  /** Why it could not be turned on. */
  readonly error: unknown
  /** What the page allows, as it says so. */
  readonly maxClients: unknown
  readonly maxRate: unknown
  /** `undefined` while it is off: limits are kept for when it is on. */
  readonly bridge: LimitedBridge | undefined
  onToggle(event: Event): void
}

/** What can be opened below. */
export type OpenPart = 'how' | 'limits'
