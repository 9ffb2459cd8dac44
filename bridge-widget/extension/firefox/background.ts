import { BridgeHost } from '../bridge-host.ts'
import { OPEN_HOST, type ToolbarStatus } from '../messages.ts'
import { showInToolbar } from '../toolbar.ts'

/*
 * Firefox's background is a document with WebRTC: the bridge runs right here.
 */

/** Firefox suspends a background that calls none of its interfaces for 30 s, connections or not. */
const AWAKE_MS = 15_000

let shown: ToolbarStatus = { state: 'off', clients: 0 }
new BridgeHost({ show })

// That there is something to hear has Firefox load this file, which is all that is asked of it.
chrome.runtime.onMessage.addListener((message: typeof OPEN_HOST, _sender, respond) => {
  if (message === OPEN_HOST) respond()
})
chrome.runtime.onStartup.addListener(() => {})
chrome.runtime.onInstalled.addListener(() => {})

// Only what is on is kept awake.
setInterval(() => {
  if (shown.state !== 'off') show(shown)
}, AWAKE_MS)

function show(status: ToolbarStatus): void {
  shown = status
  void showInToolbar(status)
}
