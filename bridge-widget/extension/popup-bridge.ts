import { type BrowserBridgeOptions, openOriginBridge as openBridge } from '../src/browser-engine.ts'
import type { OriginBridge } from '../src/origin-bridge.ts'
import { OPEN_HOST } from './messages.ts'

/**
 * What the element loads in the popup in place of the engine. The popup goes and comes, so it never runs the bridge: it has
 * the host opened, which finds the volunteer's consent and runs it, and shows what that does.
 */
export function openOriginBridge(options: BrowserBridgeOptions): OriginBridge {
  const bridge = openBridge({ ...options, looksOn: true })
  const join = bridge.join.bind(bridge)
  bridge.join = () => {
    join()
    void chrome.runtime.sendMessage(OPEN_HOST)
  }
  return bridge
}
