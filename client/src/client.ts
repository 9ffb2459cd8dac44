import type { Agent as HttpAgent } from 'node:http'
import { join } from 'node:path'
import {
  boundedBytes,
  ClientSession,
  checkTarget,
  decodeBase64Url,
  decodeText,
  FootbridgeError,
  isFootbridgeError,
  MAX_DESCRIPTOR_CHARS,
  type NetworkDescriptor,
  parsePoolSecret,
  poolId,
  type StreamPair,
  systemClock,
  type Target,
  webStreams,
  withDeadline,
} from '@footbridge/shared'
import { loadInvitation, nodePrimitives, toDuplex } from '@footbridge/shared/node'
import type { Dispatcher } from 'undici'
import { createAgent } from './agent.ts'
import { MAX_ASSOCIATIONS } from './associations.ts'
import type { BridgeStatus } from './attached-bridge.ts'
import { type Associate, createAssociate, type Datagrams } from './datagrams.ts'
import type { Dial } from './dial.ts'
import { createDispatcher, createFetch, type Fetch } from './fetch.ts'
import { KnownNetwork } from './known-network.ts'
import { newestNetwork } from './network-file.ts'
import { PathPool, type Trouble } from './path-pool.ts'
import { ProxyPassword } from './proxy-password.ts'
import { type ProxyServer, startProxyServer } from './proxy-server.ts'
import { StreamOpener } from './stream-opener.ts'
import { WayMemory } from './way-memory.ts'

/** Time in which `connect` must have a working path. */
const CONNECT_TIMEOUT_MS = 30_000
const DEFAULT_PATHS = 3
const MAX_BRIDGES = 8
/** For a descriptor to come through the network. */
const REFRESH_TIMEOUT_MS = 30_000

export interface ConnectOptions {
  readonly signal?: AbortSignal
  /** Bridges to use at once, 1 to 8. */
  readonly paths?: number
  /** The secret of a private pool, base64url: then its bridges help, and no others. Default: that of the link or URL. */
  readonly pool?: string
  /** Paths over each bridge at most, 1 to 4 (the default). More than one is used only where packets get lost. */
  readonly associations?: number
  /** Folder that keeps which ways in worked, and the newest descriptor of the network. Default: all is forgotten. */
  readonly state?: string
}

interface ClientOptions extends Pick<Required<ConnectOptions>, 'paths' | 'associations'> {
  /** Id of the private pool. */
  readonly pool: string | undefined
  readonly memory: WayMemory
  /** Where to keep the newest descriptor. */
  readonly networkFile: string | undefined
}

/** Where the local proxy listens, and what apps must give it, if anything: on more than loopback, let it ask. */
export interface ProxyOptions {
  readonly host: string
  readonly port: number
  readonly password?: string | ProxyPassword | undefined
}

/** `connecting` until the first path stands, `waiting` while there is none later. */
export type ClientState = 'connecting' | 'connected' | 'waiting' | 'closed'

export interface ClientStatus {
  readonly state: ClientState
  /** One entry for each bridge in use. */
  readonly paths: readonly BridgeStatus[]
  readonly streams: number
  /** Why the last attempt to meet a bridge failed, until one succeeds. */
  readonly trouble: Trouble | undefined
  /** The network descriptor is past its time: it serves to get a new one, which may fail. */
  readonly isOutdated: boolean
}

/**
 * Connects to a network and keeps connected. Resolves when the first path stands.
 *
 * @param network a descriptor, or what names one: a file's path, an HTTP URL, a `footbridge:` link; the latter two may
 *   end in `#` and the secret of a private pool
 * @throws {FootbridgeError} `usage` for a descriptor that is none, `no-bridge` when nobody helps right now, `unavailable`
 *   when signaling cannot be reached, `timeout`, `aborted`
 */
export async function connect(
  network: NetworkDescriptor | string,
  options: ConnectOptions = {},
): Promise<FootbridgeClient> {
  const client = await openClient(network, options)
  const signal = options.signal ?? new AbortController().signal
  try {
    await client.connected(signal)
    return client
  } catch (error) {
    await client.close()
    throw error
  }
}

/** A client that is still connecting: what it is asked for waits for its first path. Throws like `connect`. */
export async function openClient(
  source: NetworkDescriptor | string,
  options: ConnectOptions = {},
): Promise<FootbridgeClient> {
  const { signal = new AbortController().signal } = options
  const { paths = DEFAULT_PATHS, associations = MAX_ASSOCIATIONS } = options
  if (!Number.isInteger(paths) || paths < 1 || paths > MAX_BRIDGES) {
    throw new FootbridgeError('usage', `the number of paths must be from 1 to ${MAX_BRIDGES}`)
  }
  if (!Number.isInteger(associations) || associations < 1 || associations > MAX_ASSOCIATIONS) {
    throw new FootbridgeError('usage', `the number of associations must be from 1 to ${MAX_ASSOCIATIONS}`)
  }
  const invited = await loadInvitation(source, { signal })
  const secret = options.pool === undefined ? invited.secret : parsePoolSecret(options.pool)
  const pool = secret && poolId(secret, nodePrimitives)
  const memory = await WayMemory.open({ directory: options.state })
  const networkFile = options.state === undefined ? undefined : join(options.state, 'network.json')
  const network =
    networkFile === undefined ? invited.network : await newestNetwork(networkFile, invited.network)
  return new FootbridgeClient(network, { paths, associations, pool, memory, networkFile })
}

/**
 * A client of one network, which keeps itself connected. Event `statechange`: `status` changed in more than its figures.
 */
export class FootbridgeClient extends EventTarget {
  readonly #network: KnownNetwork
  readonly #memory: WayMemory
  readonly #pool: PathPool
  readonly #proxies: Set<ProxyServer> = new Set()
  readonly #opener: StreamOpener
  readonly #dial: Dial = (target, { signal }) =>
    this.#opener.open(target, signal, (stream) => toDuplex(stream))
  /** For requests, which can be on their way before their target is reached. */
  readonly #dialAhead: Dial = (target, { signal }) => this.#opener.openAhead(target, signal)
  readonly #associate: Associate
  #session: { readonly egress: string; readonly session: ClientSession } | undefined
  #state: ClientState = 'connecting'
  #trouble: Trouble | undefined
  #dispatcher: Dispatcher | undefined
  #agent: HttpAgent | undefined

  /** @internal Use {@link connect}. */
  constructor(network: NetworkDescriptor, { paths, associations, pool, memory, networkFile }: ClientOptions) {
    super()
    this.#memory = memory
    this.#network = new KnownNetwork({
      network,
      memory,
      file: networkFile,
      fetchText: (url) => this.#fetchText(url),
      onChange: () => this.#changed(),
    })
    this.#opener = new StreamOpener({
      session: () => this.#session?.session,
      connected: () => this.#state === 'connected',
    })
    this.#associate = createAssociate(this.#opener)
    this.#pool = new PathPool({
      size: paths,
      associations,
      clock: systemClock,
      random: Math.random,
      // Who is in a private pool wants nobody else's help.
      standing: () => (pool === undefined ? (this.#network.descriptor.standing ?? []) : []),
      meet: (request, signal) => this.#network.meet({ ...request, pool }, signal),
      egress: () => this.#session?.egress,
      attach: ({ egress, carrier }, listener) => this.#sessionWith(egress).attach(carrier, listener),
      onChange: () => this.#changed(),
      onTrouble: (trouble) => {
        this.#trouble = trouble
        this.#changed()
      },
    })
  }

  get status(): ClientStatus {
    return {
      state: this.#state,
      paths: this.#pool.status,
      streams: this.#session?.session.streamCount ?? 0,
      trouble: this.#trouble,
      isOutdated: this.#network.isOutdated,
    }
  }

  /** Resolves once a path stands. Rejects like {@link connect}. */
  async connected(signal: AbortSignal): Promise<void> {
    const deadline = { signal, timeoutMs: CONNECT_TIMEOUT_MS, task: 'connecting' }
    try {
      await withDeadline(deadline, (signal) => this.#untilConnected(signal))
    } catch (error) {
      throw isFootbridgeError(error, 'timeout') ? connectError(this.#trouble) : error
    }
  }

  /**
   * Opens a byte pipe to `target` and waits until the egress has reached it. Closing `writable` is half-close.
   *
   * @throws {FootbridgeError} `refused`, `unreachable`, `unknown-host`, `not-allowed`, `timeout`, `no-bridge`, `limit`, `aborted`
   */
  open(target: Target, options: { readonly signal?: AbortSignal } = {}): Promise<StreamPair> {
    const signal = options.signal ?? new AbortController().signal
    return this.#opener.open(checkTarget(target), signal, webStreams)
  }

  /**
   * Opens a socket for UDP datagrams at the egress, for DNS, QUIC and the like. `signal` ends it whenever it fires.
   *
   * @throws {FootbridgeError} `unavailable` when the egress carries none, `no-bridge`, `timeout`, `limit`, `aborted`
   */
  datagrams(options: { readonly signal?: AbortSignal } = {}): Promise<Datagrams> {
    return this.#associate({ signal: options.signal ?? new AbortController().signal })
  }

  /** `fetch` through the network. TLS ends at the origin. Rejects like `open` when the origin cannot be reached. */
  fetch(...[input, init]: Parameters<Fetch>): ReturnType<Fetch> {
    return createFetch(this.dispatcher)(input, init)
  }

  /** For undici's `request`, `fetch` and the like. Closed with the client. */
  get dispatcher(): Dispatcher {
    this.#dispatcher ??= createDispatcher(this.#dialAhead)
    return this.#dispatcher
  }

  /** For `node:http` and `node:https`. Closed with the client. */
  get agent(): HttpAgent {
    this.#agent ??= createAgent(this.#dialAhead)
    return this.#agent
  }

  /**
   * Serves SOCKS5 and HTTP proxying on one local port, to whoever gives the password if there is one, until it or the client
   * is closed or `signal` fires. Throws `usage` for a password that is too short, `unavailable` if the port cannot be had,
   * `aborted` or `closed`.
   */
  async listen(
    { host, port, password }: ProxyOptions,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ProxyServer> {
    const proxy = await startProxyServer({
      host,
      port,
      dial: this.#dial,
      associate: this.#associate,
      password: typeof password === 'string' ? new ProxyPassword(password) : password,
    })
    if (this.#state === 'closed') {
      await proxy.close()
      throw new FootbridgeError('closed', 'the client was closed')
    }
    if (signal?.aborted) {
      await proxy.close()
      throw new FootbridgeError('aborted', 'the proxy was given up')
    }
    signal?.addEventListener('abort', () => void proxy.close(), { once: true })
    this.#proxies.add(proxy)
    return proxy
  }

  /** Ends everything: streams are reset, the egress and the bridges are told. Idempotent. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#setState('closed')
    this.#pool.stop()
    this.#network.close()
    this.#opener.close()
    for (const proxy of this.#proxies) await proxy.close()
    this.#agent?.destroy()
    this.#session?.session.close()
    await this.#dispatcher?.destroy()
    await this.#memory.saved()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Throws `no-bridge` for a bridge to another egress than the running session's: at the start, two may be met at once. */
  #sessionWith(egress: string): ClientSession {
    if (this.#session?.egress === egress) return this.#session.session
    const known = this.#network.descriptor.egresses.find(({ id }) => id === egress)
    if (known === undefined || this.#session !== undefined) {
      throw new FootbridgeError('no-bridge', 'the bridge leads to another egress')
    }
    const session = new ClientSession({
      primitives: nodePrimitives,
      clock: systemClock,
      egressPublicKey: decodeBase64Url(known.publicKey),
      established: () => this.#changed(),
      closed: () => {
        this.#session = undefined
        this.#changed()
      },
    })
    this.#session = { egress, session }
    this.#opener.begin(session)
    return session
  }

  async #fetchText(url: string): Promise<string> {
    const response = await this.fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
    })
    if (!response.ok) throw new FootbridgeError('unavailable', 'the server does not have it')
    // The same, by undici's types instead of Node's.
    const body = response as unknown as Response
    return decodeText(await boundedBytes(body, MAX_DESCRIPTOR_CHARS))
  }

  #untilConnected(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        if (this.#state === 'connected') resolve()
        else if (this.#state === 'closed') reject(new FootbridgeError('closed', 'the client was closed'))
        else if (this.#trouble === 'version' || this.#trouble === 'old-network')
          reject(connectError(this.#trouble))
      }
      this.addEventListener('statechange', settle, { signal })
      signal.addEventListener('abort', () => reject(signal.reason))
      settle()
    })
  }

  #changed(): void {
    if (this.#state === 'closed') return
    const connected = this.#session?.session.established === true && this.#pool.bridgeCount > 0
    if (connected) {
      this.#trouble = undefined
      this.#network.connected()
    }
    if (connected) this.#setState('connected')
    else this.#setState(this.#state === 'connecting' ? 'connecting' : 'waiting')
  }

  #setState(state: ClientState): void {
    this.#state = state
    this.dispatchEvent(new Event('statechange'))
  }
}

function connectError(trouble: Trouble | undefined): FootbridgeError {
  switch (trouble) {
    case 'version':
      return new FootbridgeError('protocol', 'this version is no longer spoken by the network; upgrade')
    case 'old-network':
      return new FootbridgeError(
        'protocol',
        'the network speaks older versions only; use an earlier version of this program',
      )
    case 'no-bridge':
    case 'limit':
      return new FootbridgeError('no-bridge', 'nobody can help right now; try again in a few minutes')
    case undefined:
      return new FootbridgeError('timeout', `no path was found within ${CONNECT_TIMEOUT_MS / 1000} s`)
    default:
      return new FootbridgeError(
        'unavailable',
        'the network cannot be reached; check that you are online and that the link is not out of date',
      )
  }
}
