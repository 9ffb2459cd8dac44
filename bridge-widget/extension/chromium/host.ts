import { BridgeHost } from '../bridge-host.ts'

const host = new BridgeHost({
  show: (status) => void chrome.runtime.sendMessage(status),
  // Off is off: nothing stays behind.
  onIdle: () => window.close(),
})
chrome.runtime.onConnect.addListener((page) => host.accept(page))
void host.turnOn()
