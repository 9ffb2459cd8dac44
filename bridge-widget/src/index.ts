export type { BridgeStats, BridgeTotal } from './bridge-stats.ts'
export {
  type BridgeLayout,
  type BridgeTheme,
  BridgeWidget,
  type BridgeWidgetEvents,
} from './bridge-widget.ts'
export type { BridgeReason, BridgeState } from './engine-state.ts'
export type { OriginBridge } from './origin-bridge.ts'
export type { TextOverrides } from './texts/text.ts'
export type { HoursOfDay, VolunteerLimits } from './volunteer-limits.ts'
