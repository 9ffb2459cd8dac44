import { createServer, type Server } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeBase64Url, type Middlemen, signalingKeys, systemClock } from '@footbridge/shared'
import {
  formatListenAddress,
  type ListenAddress,
  type Log,
  listen,
  nodePrimitives,
  publicOrigin,
} from '@footbridge/shared/node'
import { AddressLimits } from './address-limits.ts'
import { Admission } from './admission.ts'
import { bridgeService } from './bridge-socket.ts'
import { CENSORED_COUNTRIES } from './censored-countries.ts'
import { clientService } from './client-socket.ts'
import { Cluster } from './cluster.ts'
import { UntoldCounts } from './cluster-counts.ts'
import { newInstanceId } from './cluster-seal.ts'
import { EgressList, fetchEgress, parseEgressOrigin, readEgress } from './egress-list.ts'
import { installedCountries, openGeo } from './geo.ts'
import { createHttpApp } from './http-app.ts'
import { openInstruments } from './instruments.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { listenAtMailboxes } from './mailbox-desk.ts'
import { returnMemory } from './memory-return.ts'
import { SocketRules } from './message-socket.ts'
import { checkNetworkFacts, describeNetwork } from './network-description.ts'
import { followOutcomes } from './outcome-feed.ts'
import { originReader } from './peer-origin.ts'
import { checkRedisUrl } from './redis-link.ts'
import { Rendezvous } from './rendezvous.ts'
import { SealedOffers } from './sealed-offers.ts'
import { ShownBridges } from './shown-bridges.ts'
import { SignedNetwork } from './signed-network.ts'
import { acceptSockets, limitConnections, type Sockets } from './sockets.ts'
import { StandingDesk } from './standing-desk.ts'
import { loadNetworkKey, loadTicketKey } from './state.ts'
import { stunUrls } from './stun-listen.ts'
import { startStunServer } from './stun-server.ts'
import { ticketIssuer } from './tickets.ts'
import { type TurnOptions, turnIssuer } from './turn-credentials.ts'
import { WidgetReleases } from './widget-releases.ts'
import { WorkGate } from './work-gate.ts'

export interface SignalingServerOptions {
  readonly listen: ListenAddress
  /** Origin under which clients and bridges reach this server. Default: the one it listens on. */
  readonly publicUrl?: string
  /** Folder of the keys of tickets and network, which are made there at the first start, and of the status of the past weeks. */
  readonly stateDirectory: string
  /** Files with, or origins of, the egresses that clients may be sent to. */
  readonly egresses: readonly string[]
  /** `stun:host:port` of others, for the network descriptor. */
  readonly stun: readonly string[]
  /** Where to answer STUN, for the network descriptor too. Default: nowhere. */
  readonly stunListen?: ListenAddress | undefined
  readonly turn?: TurnOptions | undefined
  /** Ways to this server through others, for the network descriptor. It listens at the mailboxes. */
  readonly middlemen?: Middlemen
  /** HTTP origins of standing bridges, for the network descriptor. Default: none. */
  readonly standing?: readonly string[]
  readonly allowPrivateCandidates: boolean
  /** Proxies in front of this server, whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: number
  /** URL of the Redis over which the instances of one network find each other. Default: this server is the only one. */
  readonly redis?: string
  /** MaxMind-format files of countries and networks, asked before the installed one of countries. Default: none. */
  readonly geo?: readonly string[]
  /** Countries whose volunteers are refused. Default: `CENSORED_COUNTRIES`. */
  readonly censored?: readonly string[]
  /** Default: that of the installed `@footbridge/bridge-widget`. */
  readonly widgetDirectory?: string
  /** Who reads `/metrics` must know it. Default: only this machine reads them. */
  readonly metricsToken?: string
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

/** In the state folder. */
const RELEASES_FOLDER = 'widget'

/**
 * Starts a signaling server. Resolves once it listens, whether or not the egresses answer yet.
 * Throws `usage` for options that cannot be, or that contradict those of other instances, and `unavailable` if the port
 * cannot be had.
 */
export async function startSignalingServer(options: SignalingServerOptions): Promise<SignalingServer> {
  const { log, stun, stunListen, turn, standing = [], allowPrivateCandidates, publicUrl } = options
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }
  if (options.redis !== undefined) checkRedisUrl(options.redis)
  const keys = await loadTicketKey(options.stateDirectory, nodePrimitives)
  const networkKeys = await loadNetworkKey(options.stateDirectory, nodePrimitives)
  const signedNetwork = new SignedNetwork(networkKeys, nodePrimitives, systemClock)
  const sealing = signalingKeys(nodePrimitives, keys.secretKey)
  const facts = {
    stun,
    ticketKey: encodeBase64Url(keys.publicKey),
    signalingKey: encodeBase64Url(sealing.publicKey),
    middlemen: options.middlemen ?? {},
    allowPrivateCandidates,
    standing,
  }
  checkNetworkFacts({ ...facts, origin: publicOrigin(publicUrl, options.listen) })
  const egressOrigins = options.egresses.filter(isUrl).map(parseEgressOrigin)
  const egresses = new EgressList()
  for (const path of options.egresses.filter((source) => !isUrl(source))) egresses.add(await readEgress(path))
  const locate = await openGeo([...(options.geo ?? []), installedCountries()])
  const instruments = await openInstruments({
    stateDirectory: options.stateDirectory,
    metricsToken: options.metricsToken,
    bridges: () => rendezvous.occupancy,
    sockets: () => sockets.count,
    primitives: nodePrimitives,
    clock: systemClock,
    log,
  })
  const { observations } = instruments

  const instance =
    options.redis === undefined
      ? undefined
      : { redis: options.redis, id: newInstanceId(nodePrimitives), untold: new UntoldCounts() }
  const shown = new ShownBridges({
    perHour: limits.bridgesShownPerHour,
    onShown: (subnet, bridgeId) => instance?.untold.shown(subnet, bridgeId),
    ...(instance && {
      instances: {
        count: () => cluster?.size ?? 1,
        isOwn: (bridgeId) => bridgeId.startsWith(instance.id),
      },
    }),
  })
  const issueTicket = ticketIssuer(keys.secretKey, nodePrimitives, systemClock)
  const rendezvous = new Rendezvous({
    ...(instance && { bridgeIdPrefix: instance.id }),
    egresses,
    issueTicket,
    issueTurn: turn && turnIssuer(turn, systemClock),
    allowPrivateCandidates,
    shown,
    primitives: nodePrimitives,
    clock: systemClock,
    limits,
    observations,
    log,
  })
  const addressLimits = new AddressLimits({
    limits,
    now: systemClock.now,
    onCounted: (deed, address) => instance?.untold.deed(deed, address),
    onHit: (limit) => observations.limited(limit),
  })
  const work = new WorkGate({
    limits,
    key: keys.secretKey,
    primitives: nodePrimitives,
    clock: systemClock,
    pendingOffers: () => rendezvous.pendingOffers,
  })
  const admission = new Admission({ addressLimits, work, observations })
  const originOf = originReader({
    trustedProxies: options.trustedProxies ?? 0,
    key: keys.secretKey,
    primitives: nodePrimitives,
    locate,
    onUntrustedProxy: () =>
      log.warn('a proxy forwards to this server: say --trust-proxy 1, else no limit per address holds'),
  })
  const widgetDirectory = options.widgetDirectory ?? installedWidget()
  const widgetReleases =
    widgetDirectory === undefined
      ? undefined
      : new WidgetReleases({
          built: widgetDirectory,
          kept: join(options.stateDirectory, RELEASES_FOLDER),
          log,
        })
  await widgetReleases?.keep()
  const server = createServer({
    headersTimeout: limits.requestTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    // How often Node looks for requests over their time.
    connectionsCheckingInterval: Math.ceil(limits.requestTimeoutMs / 2),
  })
  server.maxConnections = limits.maxConnections
  const giveUp = (error: unknown): never => {
    instruments.close()
    throw error
  }
  const stunServer =
    stunListen && (await startStunServer({ listen: stunListen, clock: systemClock }).catch(giveUp))
  const bound = await listen(server, options.listen).catch(async (error: unknown) => {
    await stunServer?.close()
    return giveUp(error)
  })
  const origin = publicOrigin(publicUrl, bound)
  const allStun = [...stunUrls(origin, stunServer?.ports), ...stun]
  const cluster =
    instance &&
    new Cluster({
      ...instance,
      url: origin,
      rendezvous,
      addressLimits,
      shown,
      ticketKey: facts.ticketKey,
      ticketSecret: keys.secretKey,
      limits,
      observations,
      primitives: nodePrimitives,
      clock: systemClock,
      log,
    })
  const desk = new StandingDesk({
    desk: cluster?.desk ?? rendezvous,
    hasStanding: standing.length > 0,
    egresses,
    issueTicket,
    observations,
  })
  const sealedOffers = new SealedOffers({
    rendezvous: desk,
    admission,
    keys: sealing,
    primitives: nodePrimitives,
    clock: systemClock,
  })

  // Nothing awaits from here on, so no connection is taken up before somebody listens to it.
  const app = createHttpApp({
    rendezvous: desk,
    admission,
    sealedOffers,
    originOf,
    descriptor: () => {
      const whole = { ...facts, origin, stun: allStun, otherOrigins: cluster?.urls ?? [] }
      const network = describeNetwork(whole, egresses.all)
      return network && signedNetwork.sign(network)
    },
    isAlone: () => cluster?.isAlone ?? false,
    widgetDirectory,
    widgetReleases,
    endpoints: instruments.endpoints,
    log,
  })
  server.on('request', app)
  const rules = new SocketRules({ limits, log, clock: systemClock, observations })
  if (!options.trustedProxies) limitConnections(server, { addressLimits, originOf })
  const sockets = acceptSockets(server, {
    limits,
    clock: systemClock,
    addressLimits,
    observations,
    originOf,
    routes: {
      '/v1/bridge': bridgeService({
        rendezvous,
        addressLimits,
        rules,
        censored: new Set(options.censored ?? CENSORED_COUNTRIES),
      }),
      '/v1/client': clientService({ rendezvous: desk, admission, addressLimits, rules }),
    },
  })
  const stopReturning = returnMemory({ count: () => sockets.count, clock: systemClock })
  const stopping = new AbortController()
  listenAtMailboxes({
    urls: options.middlemen?.mailboxes ?? [],
    sealedOffers,
    isOwn: (name) => cluster?.isOwn(name) ?? true,
    signalingKey: sealing.publicKey,
    limits,
    primitives: nodePrimitives,
    clock: systemClock,
    log,
    signal: stopping.signal,
  })
  void followOutcomes({
    egresses: () => egresses.all,
    learn: (egress, page, askedAt) => rendezvous.learn(egress, page, askedAt),
    secretKey: keys.secretKey,
    primitives: nodePrimitives,
    clock: systemClock,
    log,
    signal: stopping.signal,
  })
  for (const origin of egressOrigins) {
    fetchEgress(origin, log, stopping.signal).then(
      (egress) => egresses.add(egress),
      (error: unknown) => {
        if (!stopping.signal.aborted) log.error({ err: error }, 'failed to learn of an egress')
      },
    )
  }

  let closed: Promise<void> | undefined
  const running: SignalingServer = {
    url: `http://${formatListenAddress(bound)}`,
    port: bound.port,
    close() {
      stopping.abort()
      stopReturning()
      rendezvous.close()
      cluster?.retire()
      closed ??= Promise.all([closeServer(server, sockets), stunServer?.close()])
        .then(() => cluster?.close())
        // Last, for until then somebody may ask for the status.
        .finally(() => instruments.close())
      return closed
    },
  }
  try {
    await cluster?.join()
  } catch (error) {
    await running.close()
    throw error
  }
  return running
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
