import type { BridgeWidgetEvents } from '../bridge-widget.ts'
import { originOfEmbedder } from './embedder.ts'
import { parseFrameOptions } from './frame-options.ts'

/*
 * The element in a page of the network's own, for sites that frame it instead of running its code. That site cannot
 * reach in: nothing here listens to messages. It is told how tall the element is and what it does, and no more.
 */

/** What the embedding page is told, at each change. */
export interface FrameMessage {
  readonly type: 'footbridge'
  readonly state: string
  readonly reason: string | undefined
  /** Of the element, in CSS pixels. */
  readonly height: number
}

const widget = document.createElement('bridge-widget')
// Of this page's own network always: consent that was given here is for no other.
widget.setAttribute('network', '/v1/network')
for (const [name, value] of Object.entries(parseFrameOptions(location.search)))
  widget.setAttribute(name, value)
document.documentElement.lang = widget.lang || 'en'

// A site may frame this where nobody sees it. So consent of an earlier visit is not enough here, nor a page that is no
// longer frozen, nor a gesture that means something else: it takes one on the switch, which is seen by then.
// An element of another version than this file may not say, and is not to start.
widget.addEventListener('bridge-beforestart', (event) => {
  if (event.detail?.resumes !== false) event.preventDefault()
})

const embedder = originOfEmbedder({ ancestorOrigins: location.ancestorOrigins, referrer: document.referrer })
if (parent !== window && embedder !== undefined) tell(parent, embedder)

document.body.append(widget)

function tell(page: Window, origin: string): void {
  let now: BridgeWidgetEvents['bridge-statechange']['detail'] = { state: 'off', reason: undefined }
  let told = ''
  const update = (): void => {
    const height = Math.ceil(widget.getBoundingClientRect().height)
    const message: FrameMessage = { type: 'footbridge', state: now.state, reason: now.reason, height }
    const text = JSON.stringify(message)
    if (text === told) return
    told = text
    page.postMessage(message, origin)
  }
  widget.addEventListener('bridge-statechange', ({ detail }) => {
    now = detail
    update()
  })
  new ResizeObserver(update).observe(widget)
}
