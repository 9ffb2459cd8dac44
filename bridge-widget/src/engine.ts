import {
  type BridgeOfferMessage,
  CloseCode,
  type DeclineReason,
  FootbridgeError,
  type NatClass,
  type NetworkDescriptor,
  PROTOCOL_VERSION,
  type ServerToBridge,
} from '@footbridge/shared'
import { Association } from './association.ts'
import { Associations } from './associations.ts'
import type { BridgeStats } from './bridge-stats.ts'
import type { Conditions } from './conditions.ts'
import type { ConnectionBudget } from './connection-budget.ts'
import { type BridgeEvent, type BridgeReason, type BridgeState, nextState } from './engine-state.ts'
import { PauseWatch, type Traffic } from './pause-watch.ts'
import type { Platform } from './platform.ts'
import { type Obstacle, Preparation, type PreparationOptions } from './preparation.ts'
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

/** Network after network is no reason to ask servers more often. */
const LEAST_HURRY_MS = 10_000

export interface BridgeEngineOptions extends Pick<PreparationOptions, 'network'> {
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
  /** Something went wrong for the first time since it was turned on. It is tried again, by itself. */
  onError?(error: unknown): void
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
  readonly #associations = new Associations()
  #state: BridgeState = 'off'
  #verdict: Verdict | undefined
  #preparation: Preparation | undefined
  /** What it had to say. */
  #network: NetworkDescriptor | undefined
  #nat: NatClass | undefined
  #link: SignalingLink | undefined
  #registered = false
  /** Since the last registration no server has answered. */
  #unreachable = false
  #since: number | undefined
  #peopleHelped = 0
  #hurriedAt = Number.NEGATIVE_INFINITY
  #stopWatchingNetwork: (() => void) | undefined
  #stopAwaitingBudget: (() => void) | undefined
  /** What was told by `onError` already. */
  readonly #told = new Set<BridgeReason>()
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

  /** Why it is paused or unsuitable, or connecting for longer. */
  get reason(): BridgeReason | undefined {
    if (this.#state === 'connecting') return this.#unreachable ? 'unreachable' : undefined
    return this.#state === 'paused' || this.#state === 'unsuitable' ? this.#verdict?.reason : undefined
  }

  get stats(): BridgeStats {
    const {
      clients,
      countries,
      bytes: { down, up },
    } = this.#associations
    const { peopleHelped, bytes, seconds } = this.#watch.usage
    return {
      clients,
      peopleHelped: this.#peopleHelped,
      bytesDown: down,
      bytesUp: up,
      since: this.#since,
      countries,
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
    this.#stopWatchingNetwork = this.#options.platform.watchNetwork?.(() => this.#hurry())
    this.#begin()
    this.#options.onChange?.()
  }

  /** Turns the bridge off. Both ends of every path are told why, at once. Idempotent. */
  stop(code: CloseCode = CloseCode.leaving): void {
    if (this.#state === 'off') return
    this.#withdraw()
    this.#associations.close(code)
    this.#watch.stop()
    this.#stopWatchingNetwork?.()
    this.#told.clear()
    this.#since = undefined
    this.#verdict = undefined
    this.#state = nextState(this.#state, 'stop')
    this.#options.onChange?.()
  }

  /** What signaling is told. Who can take nobody more is full. */
  get #load(): number {
    return this.#options.budget?.isSpent ? this.limits.clients : this.#associations.load
  }

  get #traffic(): Traffic {
    const { clients, bytes } = this.#associations
    return { bytes: bytes.down + bytes.up, peopleHelped: this.#peopleHelped, isHelping: clients > 0 }
  }

  /** Waits for clients, if nothing speaks against it. */
  #begin(): void {
    const { budget, unsuitable } = this.#options
    const { reason } = this.#watch
    if (unsuitable !== undefined) this.#giveUp({ event: 'reject', reason: unsuitable })
    else if (reason !== undefined) this.#giveUp({ event: 'pause', reason })
    else if (budget?.isSpent) this.#awaitBudget(budget)
    else this.#prepare()
  }

  #prepare(): void {
    const { network, platform } = this.#options
    this.#preparation = new Preparation({
      network,
      platform,
      onReady: (network, nat) => {
        this.#network = network
        this.#nat = nat
        if (this.#goOn()) this.#link = this.#openLink(network)
        this.#options.onChange?.()
      },
      onObstacle: (obstacle, error) => {
        this.#unlink()
        this.#meet(obstacle, error)
      },
    })
  }

  /** Something is in the way, for as long as it takes. */
  #meet(obstacle: Obstacle | 'censored-country', error?: unknown): void {
    this.#unreachable = obstacle === 'unreachable'
    if (obstacle === 'unreachable') {
      this.#verdict = undefined
      this.#state = nextState(this.#state, 'connect')
    } else {
      this.#verdict = { event: obstacle === 'descriptor' ? 'pause' : 'reject', reason: obstacle }
      this.#settle()
    }
    this.#options.onChange?.()
    if (error === undefined || this.#told.has(obstacle)) return
    this.#told.add(obstacle)
    this.#options.onError?.(error)
  }

  /** What was in the way is gone; whether nothing else is. */
  #goOn(): boolean {
    this.#unreachable = false
    this.#verdict = undefined
    const { reason } = this.#watch
    if (reason === undefined) this.#state = nextState(this.#state, 'connect')
    else this.#pause(reason)
    return reason === undefined
  }

  /** The machine may be in another network now. */
  #hurry(): void {
    const now = this.#options.platform.clock.now()
    if (now - this.#hurriedAt < LEAST_HURRY_MS) return
    this.#hurriedAt = now
    this.#preparation?.hurry()
    this.#link?.hurry()
  }

  /** Pauses for a reason, for another one than before, or goes on because there is none any more. */
  #heed(reason: BridgeReason | undefined): void {
    // Heeded once it is suitable, and asks no earlier whether it is.
    if (this.#state === 'unsuitable') return
    if (reason !== undefined) this.#pause(reason)
    else if (this.#goOn()) this.#begin()
    this.#options.onChange?.()
  }

  #pause(reason: BridgeReason): void {
    this.#associations.close(CloseCode.leaving)
    this.#giveUp({ event: 'pause', reason })
  }

  #openLink(network: NetworkDescriptor): SignalingLink {
    const { platform } = this.#options
    const nat = (): NatClass | undefined => platform.nat?.() ?? this.#nat
    return new SignalingLink({
      signaling: network.signaling,
      platform,
      register: () => ({
        type: 'register',
        version: PROTOCOL_VERSION,
        capacity: this.#tellClients(),
        load: this.#load,
        nat: nat(),
        pool: this.#options.pool,
      }),
      load: () => {
        const capacity = this.limits.clients === this.#toldClients ? undefined : this.#tellClients()
        return { type: 'load', clients: this.#load, capacity, nat: nat() }
      },
      onRegistered: () => {
        if (!this.#goOn()) return this.#options.onChange?.()
        this.#registered = true
        // They may have changed since it was asked.
        if (this.limits.clients !== this.#toldClients) this.#tellLoad()
        this.#apply('registered')
      },
      onUnregistered: () => {
        this.#registered = false
        this.#associations.forgetOffers()
        this.#apply('unregistered')
      },
      onMessage: (message) => this.#receive(message),
      onUnreachable: () => this.#meet('unreachable', noSignaling()),
      onRefused: (reason) => this.#meet(reason, reason === 'version' ? otherVersion() : undefined),
    })
  }

  #receive(message: LinkMessage): void {
    switch (message.type) {
      case 'offer':
        this.#consider(message)
        break
      case 'candidate':
        this.#associations.offered(message.offerId)?.addCandidate(message)
        break
      case 'cancel':
        this.#cancel(message.offerId)
        break
    }
  }

  #consider(offer: BridgeOfferMessage): void {
    const network = this.#network
    const egress = network?.egresses.find(({ id }) => id === offer.egress)
    const isFull = this.#associations.size >= this.limits.clients || this.#options.budget?.isSpent
    if (isFull || this.#associations.offered(offer.offerId)) this.#decline(offer.offerId, 'busy')
    else if (network === undefined || egress === undefined) this.#decline(offer.offerId, 'egress')
    else this.#associate(offer, egress.url, network)
  }

  #associate(offer: BridgeOfferMessage, egressOrigin: string, network: NetworkDescriptor): void {
    const { platform, budget } = this.#options
    const { offerId } = offer
    const association: Association = new Association({
      offer,
      egressOrigin,
      network,
      platform,
      limiter: this.#limiter,
      signal: (message) => {
        if (this.#associations.offered(offerId) !== association) return
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
    this.#associations.add(offerId, association)
  }

  #decline(offerId: number, reason: DeclineReason): void {
    this.#link?.send({ type: 'decline', offerId, reason })
  }

  /** The client went elsewhere before its traffic passed. Once it does, signaling has no say any more. */
  #cancel(offerId: number): void {
    const association = this.#associations.offered(offerId)
    if (association === undefined || association.isRelaying) return
    association.close(CloseCode.done)
    this.#release(association)
  }

  #release(association: Association): void {
    this.#associations.delete(association)
    this.#tellLoad()
    const { budget } = this.#options
    if (this.#associations.size === 0 && budget?.isSpent) this.#awaitBudget(budget)
    this.#settle()
    this.#options.onChange?.()
    this.#watch.update()
  }

  #tellClients(): number {
    this.#toldClients = this.limits.clients
    return this.#toldClients
  }

  #tellLoad(): void {
    if (this.#registered) this.#link?.tellLoad()
  }

  /** Pauses until the browser has collected what was closed. */
  #awaitBudget(budget: ConnectionBudget): void {
    this.#giveUp(SPENT)
    this.#stopAwaitingBudget = budget.whenRegained(this.#options.platform.clock, () => this.#prepare())
  }

  #giveUp(verdict: Verdict): void {
    this.#withdraw()
    this.#verdict = verdict
    this.#settle()
  }

  /** Wants nobody any more, and waits for nothing. */
  #withdraw(): void {
    this.#unlink()
    this.#preparation?.stop()
    this.#preparation = undefined
    this.#stopAwaitingBudget?.()
    this.#unreachable = false
  }

  #unlink(): void {
    this.#link?.stop()
    this.#link = undefined
    this.#registered = false
    this.#associations.forgetOffers()
  }

  /** Catches up with what could not show while somebody was being helped. */
  #settle(): void {
    if (this.#associations.clients > 0) return
    this.#state = nextState(this.#state, 'vacated')
    if (!this.#registered) this.#state = nextState(this.#state, 'unregistered')
    if (this.#verdict) this.#state = nextState(this.#state, this.#verdict.event)
  }

  #apply(event: BridgeEvent): void {
    this.#state = nextState(this.#state, event)
    this.#options.onChange?.()
  }
}

function noSignaling(): FootbridgeError {
  return new FootbridgeError('unavailable', 'no signaling server can be reached')
}

function otherVersion(): FootbridgeError {
  return new FootbridgeError('protocol', 'the network speaks another version of the protocol')
}
