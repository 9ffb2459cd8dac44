import { isExpired, type NetworkDescriptor, systemClock, unsigned } from '@footbridge/shared'
import { nodePrimitives, nodeWebRtc, OwnNat } from '@footbridge/shared/node'
import { keepNetwork } from './network-file.ts'
import { NetworkRefresh } from './network-refresh.ts'
import { waysInto } from './network-ways-in.ts'
import { Reachability } from './reachability.ts'
import type { Meeting, MeetingRequest } from './way-in.ts'
import type { WayMemory } from './way-memory.ts'
import { WaysIn } from './ways-in.ts'

export interface KnownNetworkOptions {
  readonly network: NetworkDescriptor
  /** Which ways in worked before. */
  readonly memory: WayMemory
  /** Where to keep the newest descriptor. Default: nowhere. */
  readonly file: string | undefined
  /** What a URL answers with, fetched through the network itself. */
  fetchText(url: string): Promise<string>
  /** The descriptor is another one now. */
  onChange(): void
}

/** Time that the ways in of an older descriptor have to end what they began. */
const OLD_WAYS_MS = 30_000

/** What a client knows of its network now, and its ways into it. Renews itself once there is a path. */
export class KnownNetwork {
  readonly #options: KnownNetworkOptions
  readonly #reachability: Reachability
  readonly #refresh: NetworkRefresh
  #descriptor: NetworkDescriptor
  #ways: WaysIn
  #nat: OwnNat

  constructor(options: KnownNetworkOptions) {
    const { network, fetchText } = options
    this.#options = options
    this.#descriptor = network
    this.#nat = measureNat(network)
    this.#reachability = new Reachability({ clock: systemClock, nat: () => this.#nat.class })
    this.#ways = this.#waysInto(network)
    this.#refresh = new NetworkRefresh({
      clock: systemClock,
      primitives: nodePrimitives,
      network: () => this.#descriptor,
      fetchText,
      onFresh: (fresh) => this.#adopt(fresh),
    })
  }

  get descriptor(): NetworkDescriptor {
    return this.#descriptor
  }

  get isOutdated(): boolean {
    return isExpired(this.#descriptor, systemClock.wallNow())
  }

  meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting> {
    return this.#ways.meet(request, signal)
  }

  /** There is a path. */
  connected(): void {
    this.#refresh.start()
  }

  close(): void {
    this.#refresh.stop()
    this.#ways.close()
    this.#nat.close()
  }

  #waysInto(network: NetworkDescriptor): WaysIn {
    const ways = waysInto(network, { webRtc: nodeWebRtc(), reachability: this.#reachability })
    return new WaysIn({ ways, memory: this.#options.memory, clock: systemClock })
  }

  /** Goes on with a later descriptor. Running paths stay. */
  #adopt(network: NetworkDescriptor): void {
    const { file, onChange } = this.#options
    const isOther = JSON.stringify(unsigned(network)) !== JSON.stringify(unsigned(this.#descriptor))
    this.#descriptor = network
    // A memory that cannot be written is none; the network itself works.
    if (file !== undefined) keepNetwork(file, network).catch(() => {})
    if (isOther) {
      const [ways, nat] = [this.#ways, this.#nat]
      this.#nat = measureNat(network)
      this.#ways = this.#waysInto(network)
      nat.close()
      // Meetings that are under way may come about yet.
      setTimeout(() => ways.close(), OLD_WAYS_MS).unref()
    }
    onChange()
  }
}

function measureNat({ stun }: NetworkDescriptor): OwnNat {
  const nat = new OwnNat({ stun, clock: systemClock })
  void nat.measured()
  return nat
}
