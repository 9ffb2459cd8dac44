export {
  type BridgeLayout,
  type BridgeTheme,
  BridgeWidget,
  type BridgeWidgetEvents,
} from './bridge-widget.ts'
export type { BridgeStats } from './engine.ts'
export type { BridgeReason, BridgeState } from './engine-state.ts'
export type { OriginBridge } from './origin-bridge.ts'
export type { VolunteerLimits } from './volunteer-limits.ts'
