import { BridgeHost } from '../bridge-host.ts'

new BridgeHost({
  show: (status) => void chrome.runtime.sendMessage(status),
  // Off is off: nothing stays behind.
  onIdle: () => close(),
})
