export {
  type BridgeLayout,
  type BridgeTheme,
  BridgeWidget,
  type BridgeWidgetEvents,
} from './bridge-widget.ts'
export type { BridgeStats, BridgeTotal } from './engine.ts'
export type { BridgeReason, BridgeState } from './engine-state.ts'
export type { OriginBridge } from './origin-bridge.ts'
export type { TextOverrides } from './texts/text.ts'
export type { HoursOfDay, VolunteerLimits } from './volunteer-limits.ts'
