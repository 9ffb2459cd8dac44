import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type Carrier,
  CloseCode,
  decodeBase64Url,
  FootbridgeError,
  MAX_BRIDGE_CAPACITY,
  MAX_PACKET_BYTES,
  type NetworkDescriptor,
  openTicket,
  openWebSocketCarrier,
  STANDING_PATH,
  systemClock,
  webSocketCarrier,
} from '@footbridge/shared'
import {
  formatListenAddress,
  type ListenAddress,
  type Log,
  listen,
  nodePrimitives,
  nodeWebSocket,
  refuseUpgrade,
} from '@footbridge/shared/node'
import { type ServerOptions, WebSocketServer } from 'ws'
import { RateLimiter } from '../rate-limit.ts'
import { Relay } from '../relay.ts'
import { relayUrl } from '../relay-url.ts'

export interface StandingBridgeOptions {
  readonly listen: ListenAddress
  readonly network: NetworkDescriptor
  /** Paths at once. */
  readonly capacity?: number | undefined
  /** Bytes per second, all clients together, both ways together. */
  readonly rate?: number | undefined
  readonly log?: Log | undefined
}

export interface StandingBridge {
  /** Origin that it listens on. */
  readonly url: string
  /** Paths at the moment. */
  readonly paths: number
  /** Leaves politely: everybody is told. Idempotent. */
  close(): Promise<void>
}

export const DEFAULT_STANDING_CAPACITY = 256

/** Connections that say nothing, or are none of ours, on top of the paths. */
const SPARE_CONNECTIONS = 1_024
const REQUEST_TIMEOUT_MS = 10_000
const EGRESS_TIMEOUT_MS = 10_000
const CLOSE_TIMEOUT_MS = 1_000

/**
 * A bridge that clients come to by WebSocket, where no UDP passes: takes a path's ticket to the egress, and joins the two
 * once the egress has let it in. To everybody without a ticket it is a web server that has nothing to show. Throws
 * `unavailable` if the port cannot be had, `usage` for a capacity that cannot be.
 */
export async function startStandingBridge(options: StandingBridgeOptions): Promise<StandingBridge> {
  const { capacity = DEFAULT_STANDING_CAPACITY, log } = options
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_BRIDGE_CAPACITY) {
    throw new FootbridgeError('usage', `a bridge takes 1 to ${MAX_BRIDGE_CAPACITY} clients at once`)
  }
  const server = createServer(
    {
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 2,
    },
    (_request, response) => response.writeHead(404, { 'content-type': 'text/plain' }).end(NOT_FOUND),
  )
  server.maxConnections = capacity + SPARE_CONNECTIONS
  const paths = new StandingPaths({ ...options, capacity })
  server.on('upgrade', (request, socket, head) => void paths.upgrade(request, socket, head))
  const bound = await listen(server, options.listen)
  log?.info({ capacity }, 'standing bridge listens')
  let closed: Promise<void> | undefined
  return {
    url: `http://${formatListenAddress(bound)}`,
    get paths() {
      return paths.count
    },
    close() {
      closed ??= closeServer(server, paths)
      return closed
    },
  }
}

const NOT_FOUND = 'Not found'

async function closeServer(server: Server, paths: StandingPaths): Promise<void> {
  const ended = new Promise((resolve) => server.close(resolve))
  paths.close()
  const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
  const cut = setTimeout(() => paths.terminate(), CLOSE_TIMEOUT_MS)
  await ended
  clearTimeout(impatient)
  clearTimeout(cut)
}

/** A path that may be opened: with this ticket, at this egress. */
interface Leave {
  readonly ticket: string
  readonly egressOrigin: string
}

/** The paths of a standing bridge, those that are being opened included. */
class StandingPaths {
  readonly #options: StandingBridgeOptions & { readonly capacity: number }
  readonly #limiter: RateLimiter | undefined
  readonly #relays = new Set<Relay>()
  readonly #sockets: WebSocketServer
  readonly #stopping = new AbortController()
  #opening = 0

  constructor(options: StandingBridgeOptions & { readonly capacity: number }) {
    this.#options = options
    this.#limiter = options.rate === undefined ? undefined : new RateLimiter(options.rate, systemClock)
    // Its types do not know of `closeTimeout` yet.
    const settings: ServerOptions & { readonly closeTimeout: number } = {
      noServer: true,
      maxPayload: MAX_PACKET_BYTES,
      // Sealed packets do not shrink.
      perMessageDeflate: false,
      closeTimeout: CLOSE_TIMEOUT_MS,
    }
    this.#sockets = new WebSocketServer(settings)
  }

  get count(): number {
    return this.#relays.size
  }

  /** Answers a request to become a WebSocket: a good ticket with a path, anything else like any web server. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const leave = this.#stopping.signal.aborted ? undefined : this.#judge(request)
    if (leave === undefined) refuseUpgrade(socket, 404, NOT_FOUND)
    else if (this.#relays.size + this.#opening >= this.#options.capacity) {
      refuseUpgrade(socket, 503, 'Try again later')
    } else await this.#open(leave, request, socket, head)
  }

  /** Tells everybody that the bridge leaves. */
  close(): void {
    this.#stopping.abort()
    for (const relay of this.#relays) relay.close(CloseCode.leaving)
    this.#relays.clear()
  }

  terminate(): void {
    for (const socket of this.#sockets.clients) socket.terminate()
  }

  /** Looked at before anything is done for it. That a ticket is used once is for the egress to see to. */
  #judge({ url = '' }: IncomingMessage): Leave | undefined {
    const { network } = this.#options
    // The authority does not matter; a base is needed to parse a path.
    const asked = URL.canParse(url, 'http://bridge') ? new URL(url, 'http://bridge') : undefined
    const ticket = asked?.pathname === STANDING_PATH ? asked.searchParams.get('ticket') : null
    if (!ticket) return undefined
    try {
      const publicKey = decodeBase64Url(network.ticketKey)
      const now = systemClock.wallNow()
      const { egress } = openTicket(ticket, { publicKey, now, primitives: nodePrimitives })
      const known = network.egresses.find(({ id }) => id === egress)
      return known && { ticket, egressOrigin: known.url }
    } catch {
      return undefined
    }
  }

  /** The egress first: then a refusal is an HTTP status, and nobody has sent anything yet that would have to be kept. */
  async #open(
    { ticket, egressOrigin }: Leave,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const gone = new AbortController()
    const onGone = (): void => gone.abort()
    socket.on('error', onGone).on('close', onGone)
    this.#opening += 1
    try {
      const egress = await openWebSocketCarrier(relayUrl(egressOrigin, ticket), {
        WebSocket: nodeWebSocket,
        timeoutMs: EGRESS_TIMEOUT_MS,
        signal: AbortSignal.any([gone.signal, this.#stopping.signal]),
      })
      this.#join(egress, request, socket, head)
    } catch {
      refuseUpgrade(socket, 502, 'Bad gateway')
    } finally {
      this.#opening -= 1
    }
  }

  #join(egress: Carrier, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // It went just as the egress let it in, so its end will not be heard of again.
    if (socket.destroyed) {
      egress.close(CloseCode.peerLost)
      return
    }
    let relay: Relay | undefined
    // Also where the request turns out to be no good one, and no WebSocket comes of it.
    socket.on('close', () => relay ?? egress.close(CloseCode.peerLost))
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const joined = new Relay(webSocketCarrier(webSocket), egress, {
        clock: systemClock,
        limiter: this.#limiter,
        onEnd: () => this.#ended(joined),
      })
      relay = joined
      this.#relays.add(joined)
      this.#tell()
    })
  }

  #ended(relay: Relay): void {
    this.#relays.delete(relay)
    this.#tell()
  }

  #tell(): void {
    this.#options.log?.debug({ paths: this.#relays.size }, 'standing bridge changed')
  }
}
