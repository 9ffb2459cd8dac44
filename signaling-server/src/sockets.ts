import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, MAX_SIGNALING_MESSAGE_BYTES, SignalingCloseCode } from '@footbridge/shared'
import { refuseUpgrade } from '@footbridge/shared/node'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { AddressLimits } from './address-limits.ts'
import { Deadlines } from './deadlines.ts'
import type { Limits } from './limits.ts'
import type { Observations } from './observations.ts'
import type { Arrival, PeerOrigin } from './peer-origin.ts'

export interface Sockets {
  /** Open at the moment. */
  readonly count: number
  /** Tells every socket that the server goes, and takes no more. */
  close(): void
  /** Cuts the sockets that are left. */
  terminate(): void
}

export interface SocketsOptions {
  readonly limits: Limits
  readonly clock: Clock
  readonly addressLimits: AddressLimits
  readonly observations: Observations
  readonly originOf: (arrival: Arrival) => PeerOrigin
  /** By path. */
  readonly routes: Readonly<Record<string, (socket: WebSocket, origin: PeerOrigin) => void>>
}

/** Parts that one message may come in. No peer of ours sends more than one. */
const MAX_FRAGMENTS = 64
/** Refused ones that wait for their answer. */
const MAX_WAITING_REFUSALS = 1_000
const TOO_MUCH = 'Too much comes from your address: try in a minute.'

/**
 * Keeps one address from taking all connections, with requests or without. Not for a server behind a proxy, to which
 * all connections belong.
 */
export function limitConnections(
  server: Server,
  options: Pick<SocketsOptions, 'addressLimits' | 'originOf'>,
): void {
  const { addressLimits, originOf } = options
  server.on('connection', (socket) => {
    const origin = originOf({ socket, headers: {} })
    if (addressLimits.mayConnect(origin)) socket.once('close', addressLimits.connected(origin))
    else refuseUpgrade(socket, 429, TOO_MUCH)
  })
}

/** Makes WebSockets of the upgrade requests that `server` gets, within the limits. */
export function acceptSockets(server: Server, options: SocketsOptions): Sockets {
  const { limits, addressLimits, observations, originOf, routes } = options
  // Its types do not know of `closeTimeout` yet.
  const settings: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    maxPayload: MAX_SIGNALING_MESSAGE_BYTES,
    maxFragments: MAX_FRAGMENTS,
    perMessageDeflate: false,
    closeTimeout: limits.closeTimeoutMs,
  }
  const upgrading = new WebSocketServer(settings)
  const refuseLater = lateRefusals(limits.refusalDelayMs, options.clock)
  let closing = false

  server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?', 1)[0] ?? ''
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    const origin = originOf(request)
    if (!route) refuseUpgrade(socket, 404, 'No WebSocket is here.')
    else if (closing) refuseUpgrade(socket, 503, 'The server is shutting down.')
    else if (upgrading.clients.size >= limits.maxSockets) {
      observations.limited('sockets')
      refuseUpgrade(socket, 503, 'The server is full: try later.')
    } else if (!addressLimits.mayOpen(origin)) refuseLater(socket)
    else
      upgrading.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.once('close', addressLimits.opened(origin))
        route(webSocket, origin)
      })
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

/**
 * Has those wait for their refusal who come too often: each of a flood's sockets comes back only then, and not as often as
 * the server can say no. Those are few; who is one too many hears it at once.
 */
function lateRefusals(delayMs: number, clock: Clock): (socket: Duplex) => void {
  let waiting = 0
  const refusing = new Deadlines<Duplex>(delayMs, clock, (socket) => refuseUpgrade(socket, 429, TOO_MUCH))
  return (socket) => {
    if (waiting >= MAX_WAITING_REFUSALS) {
      refuseUpgrade(socket, 429, TOO_MUCH)
      return
    }
    waiting += 1
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      waiting -= 1
      refusing.stop(socket)
    })
    refusing.start(socket)
  }
}
