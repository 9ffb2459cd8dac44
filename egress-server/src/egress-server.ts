import { setMaxListeners } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type EgressDescriptor, encodeBase64Url, FootbridgeError, systemClock } from '@footbridge/shared'
import {
  formatListenAddress,
  type ListenAddress,
  type Log,
  listen,
  metricsAccess,
  nodePrimitives,
  publicOrigin,
} from '@footbridge/shared/node'
import { answerProbe, isProbeTarget } from './answer-probe.ts'
import { dialTarget } from './dial.ts'
import { EgressMetrics } from './egress-metrics.ts'
import { createHttpApp } from './http-app.ts'
import { outcomesEndpoint } from './outcomes-endpoint.ts'
import { PathOutcomes } from './path-outcomes.ts'
import { createPolicy, type PolicyOptions } from './policy.ts'
import { serveRelay } from './relay-endpoint.ts'
import type { Lookup } from './resolve.ts'
import { AssociationServer, isAssociationTarget } from './serve-association.ts'
import type { CreateSessions } from './sessions.ts'
import { type Dial, spliceStream } from './splice.ts'
import { openIdentity } from './state.ts'
import { createSystemLookup } from './system-lookup.ts'
import { TicketGate } from './ticket-gate.ts'
import { openTicketKey } from './ticket-key.ts'

export const DEFAULT_MAX_SESSIONS = 1_000
export const DEFAULT_MAX_MEMORY_BYTES = 512_000_000
/** With less, what one session in good use needs would be too much. */
const LEAST_MAX_MEMORY_BYTES = 64_000_000
/** Paths for each session that may be open: what a client may keep at most. */
export const PATHS_PER_SESSION = 8
/** Time in which a request must have come in whole. */
const REQUEST_TIMEOUT_MS = 10_000

export interface EgressServerOptions extends PolicyOptions {
  readonly listen: ListenAddress
  /** HTTP origin under which bridges reach this egress. Default: where it listens. */
  readonly publicUrl?: string
  /** The folder that keeps what outlives a restart; made if missing. */
  readonly stateDirectory: string
  /** Signaling's ticket key, or the URL to get it from; see `openTicketKey`. */
  readonly ticketKey: string
  readonly maxSessions?: number
  /** What sessions may hold together. The program itself takes some 100 MB more. */
  readonly maxMemoryBytes?: number
  /** Who reads `/metrics` must know it. Default: only this machine reads them. */
  readonly metricsToken?: string
  readonly log: Log
  readonly createSessions: CreateSessions
  /** Default: the hosts file and name servers of this machine. */
  readonly lookup?: Lookup
}

export interface EgressServer {
  /** What clients and bridges must know of this egress; its `url` is the public one. */
  readonly descriptor: EgressDescriptor
  /** HTTP origin that it listens on. */
  readonly url: string
  readonly port: number
  /** Ends every session and stops listening. Idempotent. */
  close(): Promise<void>
}

/** Starts an egress. Throws `usage` for options that cannot be, `unavailable` for a port that is not to be had. */
export async function startEgressServer(options: EgressServerOptions): Promise<EgressServer> {
  const { log, stateDirectory, lookup = createSystemLookup() } = options
  const { maxSessions = DEFAULT_MAX_SESSIONS, maxMemoryBytes = DEFAULT_MAX_MEMORY_BYTES } = options
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1) {
    throw new FootbridgeError('usage', 'the number of sessions must be a whole number from 1 up')
  }
  if (maxMemoryBytes < LEAST_MAX_MEMORY_BYTES) {
    throw new FootbridgeError('usage', 'the memory for sessions must be 64MB or more')
  }
  const mayReadMetrics = metricsAccess(options.metricsToken)
  const stopping = new AbortController()
  const { signal } = stopping
  // Each stream listens to it while it lasts.
  setMaxListeners(0, signal)
  const identity = await openIdentity(stateDirectory, nodePrimitives)
  const ticketKey = await openTicketKey(options.ticketKey, { stateDirectory, log, signal })
  const access = { ticketKey, egress: identity.id, primitives: nodePrimitives, clock: systemClock }
  const gate = new TicketGate(access)
  const outcomes = new PathOutcomes(systemClock)

  const metrics = new EgressMetrics({ sessions: () => sessions.size, paths: () => relay.paths })
  const policy = createPolicy(options)
  const dial: Dial = metrics.counting((target, signal, onread) =>
    dialTarget(target, { policy, lookup, signal, onread }),
  )
  const associations = new AssociationServer({
    policy,
    lookup,
    clock: systemClock,
    count: (up, down) => metrics.relayed(up, down),
  })
  const sessions = options.createSessions({
    keyPair: identity.keyPair,
    primitives: nodePrimitives,
    maxSessions,
    maxMemoryBytes,
    clock: systemClock,
    log,
    onStream: (stream, session) => {
      if (isProbeTarget(stream.target)) answerProbe(stream)
      else if (isAssociationTarget(stream.target)) associations.serve(stream, session)
      else void spliceStream(stream, dial, { signal })
    },
    watchPath: (ticketId, path) => outcomes.watch(ticketId, path),
  })

  const server = createServer({
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // How often Node looks for requests over their time.
    connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 2,
  })
  // Relays, and as many again that are still asking.
  server.maxConnections = 2 * PATHS_PER_SESSION * maxSessions
  const relay = serveRelay(server, {
    gate,
    maxPaths: PATHS_PER_SESSION * maxSessions,
    onCarrier: (carrier, ticket) => sessions.accept(carrier, ticket),
    onRefused: (refusal) => metrics.pathRefused(refusal),
  })

  const close = async () => {
    relay.stop()
    await sessions.close()
    outcomes.close()
    stopping.abort()
    await relay.close()
    await closeServer(server)
  }
  try {
    const bound = await listen(server, options.listen)
    const descriptor = {
      id: identity.id,
      url: publicOrigin(options.publicUrl, bound),
      publicKey: encodeBase64Url(identity.keyPair.publicKey),
    }
    const app = createHttpApp({
      descriptor,
      ready: () => gate.ready && relay.open,
      metrics,
      mayReadMetrics,
      outcomes: outcomesEndpoint({ ...access, page: (after) => outcomes.page(after) }),
    })
    server.on('request', app)
    log.info({ id: identity.id }, 'egress started')
    let closed: Promise<void> | undefined
    return {
      descriptor,
      url: `http://${formatListenAddress(bound)}`,
      port: bound.port,
      close: () => {
        closed ??= close()
        return closed
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
}
