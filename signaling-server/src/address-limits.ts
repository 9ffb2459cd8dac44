import type { Limits } from './limits.ts'
import type { PeerOrigin } from './peer-origin.ts'
import { Rate } from './rate.ts'
import { RecentMap } from './recent-map.ts'

/** What is limited per minute and address. */
export type Deed =
  | 'socket' // it opened a WebSocket
  | 'offer' // a client asked for a bridge
  | 'registration' // a bridge wanted to be listed
  | 'fault' // it broke the protocol

type Held = 'connections-at-once' | 'sockets-at-once' | 'bridges-at-once'

/** Which limit somebody ran into. */
export type LimitHit = Deed | Held

export interface AddressLimitsOptions {
  readonly limits: Limits
  /** Any monotonic milliseconds. */
  readonly now: () => number
  /** Called for each deed that is counted here, so that other instances can be told. */
  readonly onCounted?: ((deed: Deed, address: string) => void) | undefined
  readonly onHit?: ((limit: LimitHit) => void) | undefined
}

/** Addresses remembered for each deed, twice at most. */
const MAX_ADDRESSES = 65_536

/**
 * What each address may do: deeds per minute, sockets and bridges at once. Peers on this machine are not limited: see
 * {@link PeerOrigin.isLocal}. Rates come first, for they cost one number; nothing is parsed for who is over his.
 */
export class AddressLimits {
  readonly #options: AddressLimitsOptions
  readonly #deeds: Readonly<Record<Deed, DeedCount>>
  /** Bounded by the connections there may be. */
  readonly #held: Readonly<Record<Held, AtOnce>>

  constructor(options: AddressLimitsOptions) {
    const { limits } = options
    this.#options = options
    this.#deeds = {
      socket: new DeedCount(limits.socketsPerMinute),
      offer: new DeedCount(limits.offersPerMinute),
      registration: new DeedCount(limits.registrationsPerMinute),
      fault: new DeedCount(limits.faultsPerMinute),
    }
    this.#held = {
      'connections-at-once': new AtOnce(limits.maxConnectionsPerAddress),
      'sockets-at-once': new AtOnce(limits.maxSocketsPerAddress),
      'bridges-at-once': new AtOnce(limits.maxBridgesPerAddress),
    }
  }

  /** Whether it may have one more connection. */
  mayConnect(origin: PeerOrigin): boolean {
    return this.#mayHold('connections-at-once', origin)
  }

  /** One more connection is there, until the returned function is called, once. */
  connected(origin: PeerOrigin): () => void {
    return this.#hold('connections-at-once', origin)
  }

  /** Whether it may open one more socket. It may not for a while after it broke the protocol too often. */
  mayOpen(origin: PeerOrigin): boolean {
    if (origin.isLocal) return true
    if (this.#deeds.fault.isSpent(origin.address, this.#options.now())) return this.#hit('fault')
    return this.#take('socket', origin) && this.#mayHold('sockets-at-once', origin)
  }

  /** One more socket is open, until the returned function is called, once. */
  opened(origin: PeerOrigin): () => void {
    return this.#hold('sockets-at-once', origin)
  }

  mayOffer(origin: PeerOrigin): boolean {
    return this.#take('offer', origin)
  }

  mayRegister(origin: PeerOrigin): boolean {
    return this.#take('registration', origin) && this.#mayHold('bridges-at-once', origin)
  }

  /** One more bridge is listed, until the returned function is called, once. */
  registered(origin: PeerOrigin): () => void {
    return this.#hold('bridges-at-once', origin)
  }

  /** It broke the protocol. */
  fault(origin: PeerOrigin): void {
    this.#take('fault', origin)
  }

  /** Deeds of this address that another instance counted. */
  charge(deed: Deed, address: string, count: number): void {
    this.#deeds[deed].charge(address, count, this.#options.now())
  }

  #take(deed: Deed, { address, isLocal }: PeerOrigin): boolean {
    if (isLocal) return true
    if (!this.#deeds[deed].take(address, this.#options.now())) return this.#hit(deed)
    this.#options.onCounted?.(deed, address)
    return true
  }

  #mayHold(held: Held, { address, isLocal }: PeerOrigin): boolean {
    return isLocal || this.#held[held].hasRoom(address) || this.#hit(held)
  }

  #hold(held: Held, { address, isLocal }: PeerOrigin): () => void {
    return isLocal ? () => {} : this.#held[held].add(address)
  }

  #hit(limit: LimitHit): false {
    this.#options.onHit?.(limit)
    return false
  }
}

/** How often each address did one thing lately. A minute's worth may come at once. */
class DeedCount {
  readonly #rate: Rate
  readonly #free: RecentMap<string, number>

  constructor(perMinute: number) {
    this.#rate = new Rate(perMinute / 60, perMinute)
    this.#free = new RecentMap(MAX_ADDRESSES, this.#rate.memoryMs)
  }

  take(address: string, now: number): boolean {
    const free = this.#rate.take(this.#free.get(address, now), now)
    if (free !== undefined) this.#free.set(address, free, now)
    return free !== undefined
  }

  isSpent(address: string, now: number): boolean {
    return this.#rate.take(this.#free.get(address, now), now) === undefined
  }

  charge(address: string, count: number, now: number): void {
    this.#free.set(address, this.#rate.charge(this.#free.get(address, now), count, now), now)
  }
}

/** How many of something each address has right now, `most` at most. */
class AtOnce {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  hasRoom(address: string): boolean {
    return this.#of(address) < this.#most
  }

  add(address: string): () => void {
    this.#counts.set(address, this.#of(address) + 1)
    return () => {
      const left = this.#of(address) - 1
      if (left > 0) this.#counts.set(address, left)
      else this.#counts.delete(address)
    }
  }

  #of(address: string): number {
    return this.#counts.get(address) ?? 0
  }
}
