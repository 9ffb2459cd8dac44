import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Carrier, CloseCode, MAX_PACKET_BYTES, type Ticket, webSocketCarrier } from '@footbridge/shared'
import { refuseUpgrade } from '@footbridge/shared/node'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Refusal, TicketGate } from './ticket-gate.ts'

export const RELAY_PATH = '/v1/relay'

/** Time that the other ends have to answer the closing handshake. */
const CLOSE_TIMEOUT_MS = 1_000

export interface RelayEndpointOptions {
  readonly gate: TicketGate
  /** Paths open at once. */
  readonly maxPaths: number
  /** Gets each path whose ticket is good. */
  readonly onCarrier: (carrier: Carrier, ticket: Ticket) => void
  readonly onRefused: (refusal: Refusal) => void
}

export interface RelayEndpoint {
  /** Open at the moment. */
  readonly paths: number
  /** Whether one more path would be let in, given a ticket. */
  readonly open: boolean
  /** Lets nobody in from now on. Who is in, stays. */
  stop(): void
  /** Ends what is still open once the other ends had a moment to take their leave. */
  close(): Promise<void>
}

/** Serves `WS /v1/relay?ticket=…`: one WebSocket per path, which opens only after its ticket was judged. */
export function serveRelay(server: Server, options: RelayEndpointOptions): RelayEndpoint {
  const { gate, maxPaths, onCarrier, onRefused } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PACKET_BYTES,
    // Sealed packets do not shrink.
    perMessageDeflate: false,
  })
  let stopped = false

  const judge = (request: IncomingMessage) => {
    const url = parseRequestUrl(request)
    if (url?.pathname !== RELAY_PATH) return refused(404, 'There is nothing here.')
    if (stopped) return refused(503, 'This egress is shutting down.')
    // Before the ticket, which would be used up.
    if (sockets.clients.size >= maxPaths) return refused(429, 'This egress has too many paths.')
    return gate.admit(url.searchParams.get('ticket'))
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const admission = judge(request)
    if (admission.type === 'refused') {
      onRefused(admission.refusal)
      refuseUpgrade(socket, admission.refusal.status, admission.refusal.reason)
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      onCarrier(webSocketCarrier(webSocket), admission.ticket)
    })
  })

  return {
    get paths() {
      return sockets.clients.size
    },
    get open() {
      return !stopped && sockets.clients.size < maxPaths
    },
    stop: () => {
      stopped = true
    },
    close: async () => {
      stopped = true
      await closeAll(sockets.clients)
    },
  }
}

async function closeAll(sockets: ReadonlySet<WebSocket>): Promise<void> {
  const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
  for (const socket of sockets) socket.close(CloseCode.shutdown)
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.terminate()
  }, CLOSE_TIMEOUT_MS)
  await Promise.all(gone)
  clearTimeout(timer)
}

function parseRequestUrl({ url = '' }: IncomingMessage): URL | undefined {
  // The authority does not matter; a base is needed to parse a path.
  return URL.canParse(url, 'http://egress') ? new URL(url, 'http://egress') : undefined
}

function refused(status: Refusal['status'], reason: string): { type: 'refused'; refusal: Refusal } {
  return { type: 'refused', refusal: { status, reason } }
}
