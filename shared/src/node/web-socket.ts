import { WebSocket } from 'ws'
import { MAX_PACKET_BYTES } from '../constants.ts'
import type { WebSocketConstructor } from '../websocket-carrier.ts'

/** A `ws` client that is as strict as our own limits, and does not compress what is ciphertext. */
class PacketWebSocket extends WebSocket {
  constructor(url: string) {
    super(url, { maxPayload: MAX_PACKET_BYTES, perMessageDeflate: false })
  }
}

/** The WebSocket of Node, with the browser's interface. */
export const nodeWebSocket: WebSocketConstructor = PacketWebSocket
