import type { IncomingMessage, Server } from 'node:http'
import { MAX_SIGNALING_MESSAGE_BYTES, SignalingCloseCode } from '@footbridge/shared'
import { refuseUpgrade } from '@footbridge/shared/node'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Sockets {
  readonly count: number
  /** Tells every socket that the server goes, and takes no more. */
  close(): void
  /** Cuts the sockets that are left. */
  terminate(): void
}

/** Makes WebSockets of the upgrade requests that `server` gets: `routes` by path, `maxSockets` at once. */
export function acceptSockets(
  server: Server,
  maxSockets: number,
  routes: Readonly<Record<string, (socket: WebSocket, request: IncomingMessage) => void>>,
): Sockets {
  const upgrading = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_SIGNALING_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  let closing = false

  server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?', 1)[0] ?? ''
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (!route) refuseUpgrade(socket, 404, 'No WebSocket is here.')
    else if (closing) refuseUpgrade(socket, 503, 'The server is shutting down.')
    else if (upgrading.clients.size >= maxSockets)
      refuseUpgrade(socket, 503, 'The server is full: try later.')
    else upgrading.handleUpgrade(request, socket, head, route)
  })

  return {
    get count() {
      return upgrading.clients.size
    },
    close() {
      closing = true
      for (const socket of upgrading.clients)
        socket.close(SignalingCloseCode.shutdown, 'the server is shutting down')
    },
    terminate() {
      for (const socket of upgrading.clients) socket.terminate()
    },
  }
}
