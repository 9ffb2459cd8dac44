export {
  type BridgeLayout,
  type BridgeTheme,
  BridgeWidget,
  type BridgeWidgetEvents,
} from './bridge-widget.ts'
export type { BridgeStats, BridgeTotal } from './engine.ts'
export type { BridgeReason, BridgeState } from './engine-state.ts'
export type { HoursOfDay, VolunteerLimits } from './volunteer-limits.ts'
