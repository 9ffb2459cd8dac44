import type { BridgeStats } from '../src/engine.ts'
import type { BridgeReason, BridgeState } from '../src/engine-state.ts'

/*
 * What the parts of the extension say to each other. They are one program: nobody else can send them anything.
 */

/** From a page to the background: have the bridge's host there, and answer when it is. */
export const OPEN_HOST = 'open-host'

/** From a page to the host. Consent is not among it: the host looks for that itself. */
export type HostRequest = 'turn-on' | 'turn-off'

/** From the host to each page that asked it to be on. */
export interface BridgeStatus {
  readonly state: BridgeState
  readonly reason?: BridgeReason | undefined
  readonly stats: BridgeStats
  /** Why it could not be turned on. */
  readonly error?: string | undefined
}

/** From the host to whoever can show it in the toolbar. */
export interface ToolbarStatus {
  readonly state: BridgeState
  /** People helped now. */
  readonly clients: number
}
