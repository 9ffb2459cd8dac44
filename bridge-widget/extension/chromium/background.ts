import { OPEN_HOST, type ToolbarStatus } from '../messages.ts'
import { showInToolbar } from '../toolbar.ts'

/*
 * A service worker has no WebRTC, and is ended when nothing happens for half a minute. So the bridge runs in an offscreen
 * document, and this opens that, and shows what it says: the document may not touch the toolbar.
 */

const HOST = 'chromium/host.html'

chrome.runtime.onMessage.addListener((message: typeof OPEN_HOST | ToolbarStatus, _sender, respond) => {
  if (message === OPEN_HOST) {
    // Whoever asked notices by itself if there is none.
    void openHost().then(respond, respond)
    return true
  }
  void showInToolbar(message)
  return false
})

// What ran before goes on if there is still consent: when the browser starts, which has this file run if somebody listens,
// and when the extension is turned on again or replaced by a newer one, which does anyway.
chrome.runtime.onStartup.addListener(() => {})
void openHost()

async function openHost(): Promise<void> {
  if (await isHostOpen()) return
  try {
    await chrome.offscreen.createDocument({
      url: HOST,
      reasons: [chrome.offscreen.Reason.WEB_RTC],
      justification: 'Passes on encrypted traffic for people whose network is censored.',
    })
  } catch (error) {
    // Two at once: there can be only one, and there is.
    if (!(await isHostOpen())) throw error
  }
}

async function isHostOpen(): Promise<boolean> {
  const contextTypes = [chrome.runtime.ContextType.OFFSCREEN_DOCUMENT]
  return (await chrome.runtime.getContexts({ contextTypes })).length > 0
}
