import {
  type BridgeOfferMessage,
  CloseCode,
  type DeclineReason,
  FootbridgeError,
  MAX_BRIDGE_CAPACITY,
  type NetworkDescriptor,
  PROTOCOL_VERSION,
  type ServerToBridge,
} from '@footbridge/shared'
import { Association } from './association.ts'
import type { ConnectionBudget } from './connection-budget.ts'
import { type BridgeEvent, type BridgeReason, type BridgeState, nextState } from './engine-state.ts'
import type { Platform } from './platform.ts'
import { RateLimiter } from './rate-limit.ts'
import { SignalingLink } from './signaling-link.ts'
import type { VolunteerLimits } from './volunteer-limits.ts'

export const DEFAULT_CAPACITY = 8

export interface BridgeStats {
  /** People whose traffic passes now, over however many paths each. */
  readonly clients: number
  /** Times that somebody was helped. More paths for the same person count as one time. */
  readonly peopleHelped: number
  /** To clients. */
  readonly bytesDown: number
  /** From clients. */
  readonly bytesUp: number
  /** When the bridge was turned on, in milliseconds since 1970; `undefined` while it is off. */
  readonly since: number | undefined
}

export interface BridgeEngineOptions {
  readonly network: NetworkDescriptor
  readonly platform: Platform
  /** Clients at once. One with several paths counts as often. */
  readonly capacity?: number | undefined
  /** Bytes per second, all clients together, both ways together. */
  readonly rate?: number | undefined
  /** Instead of `rate`: one that several engines share. */
  readonly limiter?: RateLimiter | undefined
  /** Id of the private pool that it helps, and nobody else. */
  readonly pool?: string | undefined
  /** Shared by the engines of one page; without one, connections are not counted. */
  readonly budget?: ConnectionBudget | undefined
  /** Why this platform cannot help at all, if so. */
  readonly unsuitable?: BridgeReason | undefined
  /** `state`, `reason` or the number of clients changed. */
  onChange?(): void
}

type LinkMessage = Exclude<ServerToBridge, { type: 'registered' | 'refused' }>

/** Why nobody more can be taken. It shows in the state once the last client is gone. */
interface Verdict {
  readonly event: 'pause' | 'reject'
  readonly reason: BridgeReason
}

const SPENT: Verdict = { event: 'pause', reason: 'connection-budget' }

/**
 * The volunteer's side without its looks: waits at a signaling server, answers offers, joins each client's data
 * channel to an egress. Makes nothing, in particular no WebRTC connection, before it is needed.
 */
export class BridgeEngine {
  readonly #options: BridgeEngineOptions
  #capacity: number
  readonly #limiter: RateLimiter | undefined
  readonly #associations = new Set<Association>()
  /** Those whose offer the present registration knows, by its number. */
  readonly #offers = new Map<number, Association>()
  #state: BridgeState = 'off'
  #verdict: Verdict | undefined
  #link: SignalingLink | undefined
  #registered = false
  #since: number | undefined
  #peopleHelped = 0
  #endedBytes = { down: 0, up: 0 }

  /** Throws `usage` for a capacity or a rate that cannot be. */
  constructor(options: BridgeEngineOptions) {
    const { capacity = DEFAULT_CAPACITY, rate, limiter, platform } = options
    checkLimits(capacity, rate)
    this.#options = options
    this.#capacity = capacity
    this.#limiter = limiter ?? (rate === undefined ? limiter : new RateLimiter(rate, platform.clock))
  }

  get state(): BridgeState {
    return this.#state
  }

  /** Why it is paused or unsuitable. */
  get reason(): BridgeReason | undefined {
    return this.#state === 'paused' || this.#state === 'unsuitable' ? this.#verdict?.reason : undefined
  }

  get stats(): BridgeStats {
    const running = [...this.#associations].map(({ bytes }) => bytes)
    return {
      clients: this.#clients,
      peopleHelped: this.#peopleHelped,
      bytesDown: running.reduce((sum, { down }) => sum + down, this.#endedBytes.down),
      bytesUp: running.reduce((sum, { up }) => sum + up, this.#endedBytes.up),
      since: this.#since,
    }
  }

  get limits(): VolunteerLimits {
    return { clients: this.#capacity, rate: this.#options.rate }
  }

  setLimits({ clients, rate }: VolunteerLimits): void {
    checkLimits(clients, rate)
    this.#capacity = clients
  }

  /** Turns the bridge on. Idempotent. */
  start(): void {
    if (this.#state !== 'off') return
    this.#since = this.#options.platform.clock.wallNow()
    this.#state = nextState(this.#state, 'start')
    const { budget, unsuitable } = this.#options
    if (unsuitable !== undefined) this.#giveUp({ event: 'reject', reason: unsuitable })
    else if (budget?.isSpent) this.#giveUp(SPENT)
    else this.#link = this.#openLink()
    this.#options.onChange?.()
  }

  /** Turns the bridge off. Both ends of every path are told why, at once. Idempotent. */
  stop(code: CloseCode = CloseCode.leaving): void {
    if (this.#state === 'off') return
    this.#unlink()
    for (const association of this.#associations) {
      this.#forget(association)
      association.close(code)
    }
    this.#since = undefined
    this.#verdict = undefined
    this.#state = nextState(this.#state, 'stop')
    this.#options.onChange?.()
  }

  /** What signaling is told. Offers without an answer yet are counted there. */
  get #load(): number {
    return [...this.#associations].filter(({ isAnswered }) => isAnswered).length
  }

  get #clients(): number {
    const relaying = [...this.#associations].filter(({ isRelaying }) => isRelaying)
    const people = relaying.filter(({ isAdditional }) => !isAdditional).length
    // The first path of a client may end before its additional ones.
    return people || Math.min(1, relaying.length)
  }

  #openLink(): SignalingLink {
    const { platform, network } = this.#options
    return new SignalingLink({
      signaling: network.signaling,
      platform,
      register: () => ({
        type: 'register',
        version: PROTOCOL_VERSION,
        capacity: this.#capacity,
        load: this.#load,
        nat: platform.nat?.(),
        pool: this.#options.pool,
      }),
      load: () => ({ type: 'load', clients: this.#load, nat: platform.nat?.() }),
      onRegistered: () => {
        this.#registered = true
        this.#apply('registered')
      },
      onUnregistered: () => {
        this.#registered = false
        this.#offers.clear()
        this.#apply('unregistered')
      },
      onMessage: (message) => this.#receive(message),
      onVersionRefused: () => {
        this.#giveUp({ event: 'reject', reason: 'version' })
        this.#options.onChange?.()
      },
    })
  }

  #receive(message: LinkMessage): void {
    switch (message.type) {
      case 'offer':
        this.#consider(message)
        break
      case 'candidate':
        this.#offers.get(message.offerId)?.addCandidate(message)
        break
      case 'cancel':
        this.#cancel(message.offerId)
        break
    }
  }

  #consider(offer: BridgeOfferMessage): void {
    const egress = this.#options.network.egresses.find(({ id }) => id === offer.egress)
    const isFull = this.#associations.size >= this.#capacity || this.#options.budget?.isSpent
    if (isFull || this.#offers.has(offer.offerId)) this.#decline(offer.offerId, 'busy')
    else if (egress === undefined) this.#decline(offer.offerId, 'egress')
    else this.#associate(offer, egress.url)
  }

  #associate(offer: BridgeOfferMessage, egressOrigin: string): void {
    const { network, platform, budget } = this.#options
    const { offerId } = offer
    budget?.spend()
    const association: Association = new Association({
      offer,
      egressOrigin,
      network,
      platform,
      limiter: this.#limiter,
      signal: (message) => {
        if (this.#offers.get(offerId) !== association) return
        this.#link?.send(message)
        if (message.type === 'answer') this.#tellLoad()
      },
      onRelaying: () => {
        if (!association.isAdditional) this.#peopleHelped += 1
        this.#apply('occupied')
      },
      onEnd: () => this.#release(association),
      onConnectionRefused: () => budget?.exhaust(),
    })
    this.#associations.add(association)
    this.#offers.set(offerId, association)
  }

  #decline(offerId: number, reason: DeclineReason): void {
    this.#link?.send({ type: 'decline', offerId, reason })
  }

  /** The client went elsewhere before its traffic passed. Once it does, signaling has no say any more. */
  #cancel(offerId: number): void {
    const association = this.#offers.get(offerId)
    if (association === undefined || association.isRelaying) return
    association.close(CloseCode.done)
    this.#release(association)
  }

  #release(association: Association): void {
    this.#forget(association)
    this.#tellLoad()
    if (this.#associations.size === 0 && this.#options.budget?.isSpent) this.#giveUp(SPENT)
    this.#settle()
    this.#options.onChange?.()
  }

  #forget(association: Association): void {
    const { down, up } = association.bytes
    this.#endedBytes = { down: this.#endedBytes.down + down, up: this.#endedBytes.up + up }
    this.#associations.delete(association)
    for (const [offerId, known] of this.#offers) if (known === association) this.#offers.delete(offerId)
  }

  #tellLoad(): void {
    this.#link?.tellLoad()
  }

  #giveUp(verdict: Verdict): void {
    this.#unlink()
    this.#verdict = verdict
    this.#settle()
  }

  #unlink(): void {
    this.#link?.stop()
    this.#link = undefined
    this.#registered = false
    this.#offers.clear()
  }

  /** Catches up with what could not show while somebody was being helped. */
  #settle(): void {
    if (this.#clients > 0) return
    this.#state = nextState(this.#state, 'vacated')
    if (!this.#registered) this.#state = nextState(this.#state, 'unregistered')
    if (this.#verdict) this.#state = nextState(this.#state, this.#verdict.event)
  }

  #apply(event: BridgeEvent): void {
    this.#state = nextState(this.#state, event)
    this.#options.onChange?.()
  }
}

function checkLimits(capacity: number, rate: number | undefined): void {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_BRIDGE_CAPACITY) {
    throw new FootbridgeError('usage', `a bridge takes 1 to ${MAX_BRIDGE_CAPACITY} clients at once`)
  }
  if (rate !== undefined && !(Number.isFinite(rate) && rate >= 1)) {
    throw new FootbridgeError('usage', 'a bridge passes on at least one byte per second')
  }
}
