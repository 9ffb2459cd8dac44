import type { BridgeState } from '../src/engine-state.ts'

/*
 * What the parts of the extension say to each other besides what the tabs of an origin do. Nobody else can send them anything.
 */

/** From the popup to the background: have the host there, and answer when it is. */
export const OPEN_HOST = 'open-host'

/** From the host to whatever can show it in the toolbar. */
export interface ToolbarStatus {
  readonly state: BridgeState
  /** People helped now. */
  readonly clients: number
}
