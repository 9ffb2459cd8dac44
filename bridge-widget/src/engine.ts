import {
  type BridgeOfferMessage,
  CloseCode,
  type DeclineReason,
  type NetworkDescriptor,
  PROTOCOL_VERSION,
  type ServerToBridge,
} from '@footbridge/shared'
import { Association } from './association.ts'
import type { Conditions } from './conditions.ts'
import type { ConnectionBudget } from './connection-budget.ts'
import { type BridgeEvent, type BridgeReason, type BridgeState, nextState } from './engine-state.ts'
import { PauseWatch, type Traffic } from './pause-watch.ts'
import type { Platform } from './platform.ts'
import { RateLimiter } from './rate-limit.ts'
import { SignalingLink } from './signaling-link.ts'
import { UsageRecord } from './usage-record.ts'
import {
  checkLimits,
  DEFAULT_CAPACITY,
  type LimitBounds,
  lowerLimits,
  type VolunteerLimits,
} from './volunteer-limits.ts'

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
  /** This visit and those before. */
  readonly total: BridgeTotal
}

export interface BridgeTotal {
  /** Times that somebody was helped. */
  readonly peopleHelped: number
  /** Both ways together. */
  readonly bytes: number
  /** For so long somebody was being helped. */
  readonly seconds: number
}

export interface BridgeEngineOptions {
  readonly network: NetworkDescriptor
  readonly platform: Platform
  /** The most clients at once, whatever the volunteer says. One with several paths counts as often. */
  readonly capacity?: number | undefined
  /** The most bytes per second, whatever the volunteer says. All clients together, both ways together. */
  readonly rate?: number | undefined
  /** Instead of a rate: a limiter that several engines share. Its owner sets the rate. */
  readonly limiter?: RateLimiter | undefined
  /** The volunteer's own limits, at first. */
  readonly limits?: VolunteerLimits | undefined
  /** Across visits; may be shared by several engines. Without one, this engine counts for itself. */
  readonly usage?: UsageRecord | undefined
  /** Without them the bridge helps under any. */
  readonly conditions?: Conditions | undefined
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
  readonly #bounds: LimitBounds
  readonly #limiter: RateLimiter
  readonly #watch: PauseWatch
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
  /** What signaling knows. */
  #toldClients = 0

  /** Throws `usage` for limits that cannot be. */
  constructor(options: BridgeEngineOptions) {
    const { capacity, rate, platform, usage = new UsageRecord(), conditions } = options
    const { limits = { clients: capacity ?? DEFAULT_CAPACITY } } = options
    checkLimits(limits)
    checkLimits({ clients: capacity ?? limits.clients, rate })
    this.#options = options
    this.#bounds = { clients: capacity, rate }
    const lowered = lowerLimits(limits, this.#bounds)
    this.#limiter = options.limiter ?? new RateLimiter(lowered.rate, platform.clock)
    this.#watch = new PauseWatch({
      clock: platform.clock,
      limits: lowered,
      usage,
      conditions,
      traffic: () => this.#traffic,
      onReason: (reason) => this.#heed(reason),
    })
  }

  get state(): BridgeState {
    return this.#state
  }

  /** Why it is paused or unsuitable. */
  get reason(): BridgeReason | undefined {
    return this.#state === 'paused' || this.#state === 'unsuitable' ? this.#verdict?.reason : undefined
  }

  get stats(): BridgeStats {
    const { down, up } = this.#bytes
    const { peopleHelped, bytes, seconds } = this.#watch.usage
    return {
      clients: this.#clients,
      peopleHelped: this.#peopleHelped,
      bytesDown: down,
      bytesUp: up,
      since: this.#since,
      total: { peopleHelped, bytes, seconds: Math.floor(seconds) },
    }
  }

  /** What holds: the volunteer's limits, lowered to what the page allows. */
  get limits(): VolunteerLimits {
    return this.#watch.limits
  }

  /**
   * Changes them at once, for running relays as well. With fewer clients than there are, nobody is turned away, but nobody
   * more is taken. Throws `usage` for limits that cannot be.
   */
  setLimits(limits: VolunteerLimits): void {
    checkLimits(limits)
    const lowered = lowerLimits(limits, this.#bounds)
    if (!this.#options.limiter) this.#limiter.setRate(lowered.rate)
    this.#watch.limits = lowered
    if (lowered.clients !== this.#toldClients) this.#tellLoad()
  }

  /** Turns the bridge on. Idempotent. */
  start(): void {
    if (this.#state !== 'off') return
    this.#since = this.#options.platform.clock.wallNow()
    this.#state = nextState(this.#state, 'start')
    this.#watch.start()
    this.#begin()
    this.#options.onChange?.()
  }

  /** Turns the bridge off. Both ends of every path are told why, at once. Idempotent. */
  stop(code: CloseCode = CloseCode.leaving): void {
    if (this.#state === 'off') return
    this.#unlink()
    this.#letGo(code)
    this.#watch.stop()
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

  get #bytes(): { readonly down: number; readonly up: number } {
    return [...this.#associations].reduce(
      (sum, { bytes }) => ({ down: sum.down + bytes.down, up: sum.up + bytes.up }),
      this.#endedBytes,
    )
  }

  get #traffic(): Traffic {
    const { down, up } = this.#bytes
    return { bytes: down + up, peopleHelped: this.#peopleHelped, isHelping: this.#clients > 0 }
  }

  /** Waits for clients, if nothing speaks against it. */
  #begin(): void {
    const { budget, unsuitable } = this.#options
    const { reason } = this.#watch
    if (unsuitable !== undefined) this.#giveUp({ event: 'reject', reason: unsuitable })
    else if (reason !== undefined) this.#giveUp({ event: 'pause', reason })
    else if (budget?.isSpent) this.#giveUp(SPENT)
    else this.#link = this.#openLink()
  }

  /** Pauses for a reason, for another one than before, or goes on because there is none any more. */
  #heed(reason: BridgeReason | undefined): void {
    if (this.#state === 'unsuitable') return
    if (reason === undefined) {
      this.#verdict = undefined
      this.#state = nextState(this.#state, 'resume')
      this.#begin()
    } else {
      this.#unlink()
      this.#letGo(CloseCode.leaving)
      // What rejects this bridge for good still does.
      this.#giveUp(this.#verdict?.event === 'reject' ? this.#verdict : { event: 'pause', reason })
    }
    this.#options.onChange?.()
  }

  #openLink(): SignalingLink {
    const { platform, network } = this.#options
    return new SignalingLink({
      signaling: network.signaling,
      platform,
      register: () => ({
        type: 'register',
        version: PROTOCOL_VERSION,
        capacity: this.#tellClients(),
        load: this.#load,
        nat: platform.nat?.(),
        pool: this.#options.pool,
      }),
      load: () => {
        const capacity = this.limits.clients === this.#toldClients ? undefined : this.#tellClients()
        return { type: 'load', clients: this.#load, capacity, nat: platform.nat?.() }
      },
      onRegistered: () => {
        this.#registered = true
        // They may have changed since it was asked.
        if (this.limits.clients !== this.#toldClients) this.#tellLoad()
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
    const isFull = this.#associations.size >= this.limits.clients || this.#options.budget?.isSpent
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
        this.#watch.update()
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
    this.#watch.update()
  }

  /** Whoever is being helped, or about to be, is told why not any longer. */
  #letGo(code: CloseCode): void {
    for (const association of this.#associations) {
      this.#forget(association)
      association.close(code)
    }
  }

  #forget(association: Association): void {
    const { down, up } = association.bytes
    this.#endedBytes = { down: this.#endedBytes.down + down, up: this.#endedBytes.up + up }
    this.#associations.delete(association)
    for (const [offerId, known] of this.#offers) if (known === association) this.#offers.delete(offerId)
  }

  #tellClients(): number {
    this.#toldClients = this.limits.clients
    return this.#toldClients
  }

  #tellLoad(): void {
    if (this.#registered) this.#link?.tellLoad()
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
