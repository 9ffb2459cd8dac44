import {
  type ClientToServer,
  parseClientToServer,
  type ServerToClient,
  type UnknownMessage,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { WebSocket } from 'ws'
import type { Limits } from './limits.ts'
import { MessageSocket } from './message-socket.ts'
import type { Observations } from './observations.ts'
import type { PeerOrigin } from './peer-origin.ts'
import type { ClientPort, Rendezvous } from './rendezvous.ts'

/** Serves one client, which trickles its candidates and may have several offers under way. */
export function serveClient(
  webSocket: WebSocket,
  origin: PeerOrigin,
  rendezvous: Rendezvous,
  limits: Limits,
  log: Log,
  observations: Observations,
): void {
  const socket = new MessageSocket<ClientToServer | UnknownMessage, ServerToClient>(
    webSocket,
    limits,
    log,
    observations,
    {
      parse: parseClientToServer,
      message: (message) => rendezvous.fromClient(client, message),
      close: () => rendezvous.leave(client),
    },
  )
  const client: ClientPort = { trickle: true, origin, send: (message) => socket.send(message) }
}
