import { Box } from '../../network/box.ts'
import { type Servers, startServers } from '../../network/commands.ts'
import type { LinkShape } from '../../network/emulated-link.ts'
import type { Host } from '../../network/host.ts'
import type { BenchmarkContext } from './benchmark.ts'
import { Program } from './program.ts'

const SIGNALING_OPTIONS = [
  // No NAT is here, and the raw carriers that a session is compared with ask no STUN server either.
  '--stun-listen=off',
  // Bridges come and go in minutes as they would in days, and one address makes all the offers.
  '--bridges-shown=1000000',
  '--offers-per-address=1000000',
]

/** A network whose programs run on hosts of their own, with links of a known shape between them. */
export class BoxedNetwork {
  readonly servers: Servers
  readonly egress: Host
  readonly originHost: Host
  /** An origin-process. */
  readonly origin: Program
  readonly #box: Box
  readonly #context: BenchmarkContext
  #hosts = 0

  private constructor(
    box: Box,
    context: BenchmarkContext,
    parts: { servers: Servers; egress: Host; originHost: Host; origin: Program },
  ) {
    this.#box = box
    this.#context = context
    this.servers = parts.servers
    this.egress = parts.egress
    this.originHost = parts.originHost
    this.origin = parts.origin
  }

  /** Servers and the origin on plain cables. Ends with the benchmark. */
  static async start(context: BenchmarkContext): Promise<BoxedNetwork> {
    const obstacle = await Box.unavailable()
    if (obstacle !== undefined) throw new Error(`there can be no network in a box here: ${obstacle}`)
    const box = await Box.create()
    context.atEnd(() => box.close())
    const [signaling, egress, originHost] = [
      await box.addHost('signaling'),
      await box.addHost('egress'),
      await box.addHost('origin'),
    ]
    const servers = await startServers(box, { signaling, egress }, { signaling: SIGNALING_OPTIONS })
    const url = new URL('origin-process.ts', import.meta.url)
    const origin = await Program.start(url, [originHost.publicAddress], context, originHost)
    return new BoxedNetwork(box, context, {
      servers,
      egress,
      originHost,
      origin,
    })
  }

  /** URL of the network descriptor. */
  get descriptor(): string {
    return this.servers.network
  }

  addHost(kind: string, link?: LinkShape): Promise<Host> {
    this.#hosts += 1
    return this.#box.addHost(`${kind}-${this.#hosts}`, link === undefined ? {} : { link })
  }

  /** A headless bridge on a host of its own. */
  async addBridge(link?: LinkShape): Promise<{ host: Host; program: Program }> {
    const host = await this.addHost('bridge', link)
    return { host, program: await this.startBridge(host) }
  }

  /** A headless bridge on `host`. */
  startBridge(host: Host): Promise<Program> {
    const url = new URL('bridge-process.ts', import.meta.url)
    return Program.start(url, [this.descriptor], this.#context, host)
  }

  /** A session-process on `host`. */
  addClient(host: Host, paths: number, associations = 4): Promise<Program> {
    const url = new URL('session-process.ts', import.meta.url)
    const counts = [String(paths), String(associations)]
    return Program.start(url, [this.descriptor, this.origin.url, ...counts], this.#context, host)
  }
}
