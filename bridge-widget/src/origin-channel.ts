import { sharesOrigin } from './origin-lock.ts'
import { formatMessage, type OriginMessage, parseMessage } from './origin-messages.ts'

/** The number is the version of the messages. */
const NAME = 'footbridge:1'
/** Only this page's, for where the tabs of an origin each run a bridge of their own. */
const NAME_IN_PAGE = `${NAME}:${Math.random()}`

export interface OriginChannel {
  send(message: OriginMessage): void
  close(): void
}

/** To all the others that take part in the bridge of this origin; `undefined` where the browser has nothing like it. */
export function openOriginChannel(onMessage: (message: OriginMessage) => void): OriginChannel | undefined {
  let channel: BroadcastChannel
  try {
    channel = new BroadcastChannel(sharesOrigin() ? NAME : NAME_IN_PAGE)
  } catch {
    return undefined
  }
  channel.onmessage = ({ data }) => {
    const message = parseMessage(data)
    if (message) onMessage(message)
  }
  return {
    send: (message) => channel.postMessage(formatMessage(message)),
    close: () => channel.close(),
  }
}
