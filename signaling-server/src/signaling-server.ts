import { createServer, type Server } from 'node:http'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeBase64Url, systemClock } from '@footbridge/shared'
import {
  formatListenAddress,
  type ListenAddress,
  type Log,
  listen,
  nodePrimitives,
  publicOrigin,
} from '@footbridge/shared/node'
import { serveBridge } from './bridge-socket.ts'
import { serveClient } from './client-socket.ts'
import { EgressList, fetchEgress, parseEgressOrigin, readEgress } from './egress-list.ts'
import { createHttpApp } from './http-app.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { returnMemory } from './memory-return.ts'
import { checkNetworkFacts, describeNetwork } from './network-description.ts'
import { originReader } from './peer-origin.ts'
import { Rendezvous } from './rendezvous.ts'
import { acceptSockets, type Sockets } from './sockets.ts'
import { loadTicketKey } from './state.ts'
import { ticketIssuer } from './tickets.ts'

export interface SignalingServerOptions {
  readonly listen: ListenAddress
  /** Origin under which clients and bridges reach this server. Default: the one it listens on. */
  readonly publicUrl?: string
  /** Folder of the ticket key, which is made there at the first start. */
  readonly stateDirectory: string
  /** Files with, or origins of, the egresses that clients may be sent to. */
  readonly egresses: readonly string[]
  /** `stun:host:port`, for the network descriptor. */
  readonly stun: readonly string[]
  readonly allowPrivateCandidates: boolean
  /** Proxies in front of this server, whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: number
  /** Default: that of the installed `@footbridge/bridge-widget`. */
  readonly widgetDirectory?: string
  readonly limits?: Partial<Limits>
  readonly log: Log
}

export interface SignalingServer {
  /** Origin that it listens on. */
  readonly url: string
  readonly port: number
  /** Tells everybody connected, then ends within a second. Idempotent. */
  close(): Promise<void>
}

/** Time that sockets have to say goodbye. */
const CLOSE_GRACE_MS = 1_000

/**
 * Starts a signaling server. Resolves once it listens, whether or not the egresses answer yet.
 * Throws `usage` for options that cannot be, and `unavailable` if the port cannot be had.
 */
export async function startSignalingServer(options: SignalingServerOptions): Promise<SignalingServer> {
  const { log, stun, allowPrivateCandidates, publicUrl } = options
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }
  const keys = await loadTicketKey(options.stateDirectory, nodePrimitives)
  const facts = { stun, ticketKey: encodeBase64Url(keys.publicKey), allowPrivateCandidates }
  checkNetworkFacts({ ...facts, origin: publicOrigin(publicUrl, options.listen) })
  const egressOrigins = options.egresses.filter(isUrl).map(parseEgressOrigin)
  const egresses = new EgressList()
  for (const path of options.egresses.filter((source) => !isUrl(source))) egresses.add(await readEgress(path))

  const rendezvous = new Rendezvous({
    egresses,
    issueTicket: ticketIssuer(keys.secretKey, nodePrimitives, systemClock),
    allowPrivateCandidates,
    primitives: nodePrimitives,
    clock: systemClock,
    limits,
    log,
  })
  const originOf = originReader({
    trustedProxies: options.trustedProxies ?? 0,
    key: keys.secretKey,
    primitives: nodePrimitives,
    locate: () => ({}),
  })
  const server = createServer({
    headersTimeout: limits.requestTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    // How often Node looks for requests over their time.
    connectionsCheckingInterval: Math.ceil(limits.requestTimeoutMs / 2),
  })
  server.maxConnections = limits.maxConnections
  const bound = await listen(server, options.listen)
  const origin = publicOrigin(publicUrl, bound)

  // Nothing awaits from here on, so no connection is taken up before somebody listens to it.
  const app = createHttpApp({
    rendezvous,
    originOf,
    descriptor: () => describeNetwork({ ...facts, origin }, egresses.all),
    widgetDirectory: options.widgetDirectory ?? installedWidget(),
    log,
  })
  server.on('request', app)
  const sockets = acceptSockets(server, limits.maxSockets, {
    '/v1/bridge': (socket, request) => serveBridge(socket, originOf(request), rendezvous, limits, log),
    '/v1/client': (socket, request) => serveClient(socket, originOf(request), rendezvous, limits, log),
  })
  const stopReturning = returnMemory({ count: () => sockets.count, clock: systemClock })
  const stopping = new AbortController()
  for (const origin of egressOrigins) {
    fetchEgress(origin, log, stopping.signal).then(
      (egress) => egresses.add(egress),
      (error: unknown) => {
        if (!stopping.signal.aborted) log.error({ err: error }, 'failed to learn of an egress')
      },
    )
  }

  let closed: Promise<void> | undefined
  return {
    url: `http://${formatListenAddress(bound)}`,
    port: bound.port,
    close() {
      stopping.abort()
      stopReturning()
      rendezvous.close()
      closed ??= closeServer(server, sockets)
      return closed
    },
  }
}

async function closeServer(server: Server, sockets: Sockets): Promise<void> {
  const ended = new Promise((resolve) => server.close(resolve))
  sockets.close()
  const impatient = setTimeout(() => {
    sockets.terminate()
    server.closeAllConnections()
  }, CLOSE_GRACE_MS)
  await ended
  clearTimeout(impatient)
}

function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source)
}

/** The folder of the built widget in the installed package. Its files need not be there yet. */
function installedWidget(): string | undefined {
  try {
    const manifest = import.meta.resolve('@footbridge/bridge-widget/widget/manifest.json')
    return dirname(fileURLToPath(manifest))
  } catch {
    return undefined
  }
}
