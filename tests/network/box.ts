import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileLinkEmulator, EmulatedLink, type LinkShape } from './emulated-link.ts'
import { Host } from './host.ts'
import { Namespace } from './namespace.ts'
import { type NatKind, natRules } from './nat.ts'
import { findObstacle } from './requirements.ts'

/**
 * AS112's block (RFC 7535): a sink for stray queries, which nobody else is served from. It counts as public, so that
 * programs in the box run as they do in the world, with private addresses refused; and were a packet ever to leave the
 * machine, it would go where such packets are thrown away.
 */
const PUBLIC_PREFIX = '192.31.196.'
const ROUTER_ADDRESS = `${PUBLIC_PREFIX}254`
const MAX_HOSTS = 253

const LAN_ROUTER_ADDRESS = '192.168.1.1'
const LAN_HOST_ADDRESS = '192.168.1.2'

/** With `to-` before it, the name of an interface; those have 15 characters. */
const HOST_NAME = /^[a-z][a-z0-9-]{0,11}$/

/** Packets that wait for the emulator while others have the processor; the kernel's 500 are 20 ms of a fast link. */
const LINK_QUEUE_PACKETS = 10_000

export interface BoxOptions {
  /** Which packets are lost. Default: 1. */
  readonly seed?: number
}

export interface HostOptions {
  /** Puts the host behind a router of its own. Default: it is on the internet itself. */
  readonly nat?: NatKind
  /** Of the link to the internet. Default: a plain cable, as fast as the machine. */
  readonly link?: LinkShape
}

let obstacle: Promise<string | undefined> | undefined
let boxes = 0

/**
 * A network in network namespaces of this machine: hosts around one router, the internet. Nothing leads out of it.
 *
 * ```
 *   host ──link── internet ──link── NAT router ──cable── host
 * ```
 */
export class Box {
  /** For what the programs in the box keep; removed with it. */
  readonly folder: string
  readonly #label: string
  readonly #seed: number
  readonly #linkEmulator: string
  readonly #internet: Namespace
  readonly #namespaces: Namespace[]
  readonly #links: EmulatedLink[] = []
  readonly #hosts: Host[] = []
  #hostCount = 0

  private constructor(fields: {
    folder: string
    label: string
    seed: number
    linkEmulator: string
    internet: Namespace
  }) {
    this.folder = fields.folder
    this.#label = fields.label
    this.#seed = fields.seed
    this.#linkEmulator = fields.linkEmulator
    this.#internet = fields.internet
    this.#namespaces = [fields.internet]
  }

  /** Why there can be no box on this machine, if so. Installs what is missing, as root on Debian. */
  static unavailable(): Promise<string | undefined> {
    obstacle ??= findObstacle()
    return obstacle
  }

  static async create({ seed = 1 }: BoxOptions = {}): Promise<Box> {
    await Namespace.deleteStale()
    boxes += 1
    const label = String(boxes)
    const folder = await mkdtemp(join(tmpdir(), 'footbridge-box-'))
    const linkEmulator = await compileLinkEmulator(folder)
    const internet = await Namespace.create(`${label}-internet`)
    const box = new Box({ folder, label, seed, linkEmulator, internet })
    try {
      await internet.set('net/ipv4/ip_forward', '1')
      await internet.ip(`address add ${ROUTER_ADDRESS}/32 dev lo`)
      await internet.nft(`
        table ip internet {
          set cut { type ifname; }
          chain forward {
            type filter hook forward priority filter
            iifname @cut drop
            oifname @cut drop
          }
        }`)
    } catch (error) {
      await box.close()
      throw error
    }
    return box
  }

  /** Adds a host. Its name is unique in the box. */
  async addHost(name: string, { nat, link: shape }: HostOptions = {}): Promise<Host> {
    if (!HOST_NAME.test(name)) throw new Error(`not a name for a host: ${name}`)
    if (this.#hostCount === MAX_HOSTS) throw new Error(`a box has at most ${MAX_HOSTS} hosts`)
    this.#hostCount += 1
    const number = this.#hostCount
    const publicAddress = PUBLIC_PREFIX + number
    const namespace = await this.#addNamespace(name)
    const edge = nat === undefined ? namespace : await this.#addRouter(name, namespace, nat)
    const edgeInterface = nat === undefined ? 'eth0' : 'wan'
    const link = shape && (await this.#layLink(edge, edgeInterface, name, number, shape))
    if (link === undefined) await this.#layCable(edge, edgeInterface, name)
    await this.#route(edge, edgeInterface, name, publicAddress)
    await namespace.untilUp('eth0')
    const host = new Host({
      name,
      address: nat === undefined ? publicAddress : LAN_HOST_ADDRESS,
      publicAddress,
      folder: this.folder,
      namespace,
      link,
      setCut: (cut) =>
        this.#internet.nft(`${cut ? 'add' : 'delete'} element ip internet cut { ${interfaceTo(name)} }`),
    })
    this.#hosts.push(host)
    return host
  }

  /** Kills whatever runs in the box, and leaves nothing of it. */
  async close(): Promise<void> {
    for (const host of this.#hosts.splice(0)) await host.kill()
    for (const link of this.#links.splice(0)) await link.close()
    for (const namespace of this.#namespaces.splice(0)) await namespace.delete()
    await rm(this.folder, { recursive: true, force: true })
  }

  async #addNamespace(label: string): Promise<Namespace> {
    const namespace = await Namespace.create(`${this.#label}-${label}`)
    this.#namespaces.push(namespace)
    return namespace
  }

  /** A router with `host` behind it. */
  async #addRouter(name: string, host: Namespace, kind: NatKind): Promise<Namespace> {
    const router = await this.#addNamespace(`${name}-nat`)
    await router.ip(
      `link add lan type veth peer name eth0 netns ${host.name}`,
      `address add ${LAN_ROUTER_ADDRESS}/24 dev lan`,
      'link set lan up',
    )
    await host.ip(
      `address add ${LAN_HOST_ADDRESS}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${LAN_ROUTER_ADDRESS}`,
    )
    await router.set('net/ipv4/ip_forward', '1')
    await router.nft(natRules(kind, LAN_HOST_ADDRESS))
    return router
  }

  async #layCable(edge: Namespace, interfaceName: string, name: string): Promise<void> {
    const farEnd = `name ${interfaceTo(name)} netns ${this.#internet.name}`
    await edge.ip(`link add ${interfaceName} type veth peer ${farEnd}`)
  }

  async #layLink(
    edge: Namespace,
    interfaceName: string,
    name: string,
    number: number,
    shape: LinkShape,
  ): Promise<EmulatedLink> {
    const link = await EmulatedLink.lay(
      this.#linkEmulator,
      { namespace: edge, interfaceName },
      { namespace: this.#internet, interfaceName: interfaceTo(name) },
      // No link of one seed loses what another of the next seed does.
      this.#seed * (MAX_HOSTS + 1) + number,
    )
    this.#links.push(link)
    await link.shape(shape)
    return link
  }

  /** Between `edge` and the internet, over what was laid. */
  async #route(edge: Namespace, interfaceName: string, name: string, address: string): Promise<void> {
    await this.#internet.ip(
      `link set ${interfaceTo(name)} up txqueuelen ${LINK_QUEUE_PACKETS}`,
      `route add ${address} dev ${interfaceTo(name)}`,
    )
    await edge.ip(
      `address add ${address}/32 dev ${interfaceName}`,
      `link set ${interfaceName} up txqueuelen ${LINK_QUEUE_PACKETS}`,
      `route add default via ${ROUTER_ADDRESS} dev ${interfaceName} onlink`,
    )
  }
}

/** The interface of the internet that leads to a host. */
function interfaceTo(host: string): string {
  return `to-${host}`
}
