import {
  type BridgeToServer,
  type CandidateMessage,
  CandidateNat,
  type ClientOfferMessage,
  type ClientToServer,
  type Clock,
  candidatesOf,
  encodeBase64Url,
  FootbridgeError,
  MAX_CANDIDATES,
  needRelay,
  type OutcomePage,
  type Primitives,
  pickVersion,
  type RegisterMessage,
  type SanitizeOptions,
  type ServerToBridge,
  type ServerToClient,
  type SpokenVersions,
  sanitizeCandidate,
  sanitizeDescription,
  type TurnServer,
  type UnknownMessage,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { EgressList } from './egress-list.ts'
import type { Limits } from './limits.ts'
import type { KnownNat } from './match-facts.ts'
import { type MatchEvent, Matchmaker } from './matchmaker.ts'
import type { Observations, RefusalCause } from './observations.ts'
import { OutcomeLedger } from './outcome-ledger.ts'
import { type PeerOrigin, placeOf } from './peer-origin.ts'
import type { Room } from './pool.ts'
import { refusalOfOffer } from './refusals.ts'
import type { ShownBridges } from './shown-bridges.ts'
import type { Occupancy } from './signaling-metrics.ts'
import type { IssuedTicket } from './tickets.ts'

/** A bridge, as far as the rendezvous is concerned. */
export interface BridgePort {
  readonly origin: PeerOrigin
  send(message: ServerToBridge): void
}

/** A client, as far as the rendezvous is concerned. */
export interface ClientPort {
  /** Whether candidates can follow the offer and the answer. */
  readonly trickle: boolean
  readonly origin: PeerOrigin
  /** It is a client of another instance, which counts it if its offer comes to nothing. */
  readonly isGuest?: true
  send(message: ServerToClient): void
}

/** What clients are served by: a rendezvous, or several behind one that passes offers on. */
export type IntroducesClients = Pick<Rendezvous, 'fromClient' | 'leave'>

export interface RendezvousOptions {
  /** What the ids of its bridges start with. */
  readonly bridgeIdPrefix?: string
  readonly egresses: EgressList
  /** A fresh ticket for one path to that egress. */
  readonly issueTicket: (egress: string) => IssuedTicket
  /** A way through a relay, for one pair; absent in a network without one. */
  readonly issueTurn?: (() => TurnServer) | undefined
  readonly allowPrivateCandidates: boolean
  readonly shown: ShownBridges
  readonly primitives: Primitives
  readonly clock: Clock
  readonly limits: Limits
  readonly observations: Observations
  readonly log: Log
}

const BRIDGE_ID_BYTES = 9
const NONE: readonly never[] = []
/** Nothing to tell, as the newest version that they said is spoken. One object for all. */
const NOTHING_PICKED: { readonly version?: number } = {}

/** One client's offer on its way. */
interface Exchange {
  readonly id: number
  readonly client: ClientPort
  /** The client's own number for it. */
  readonly clientOfferId: number
  readonly startedAt: number
  /** Empty once it is answered: nobody else will be asked. */
  sdp: string
  readonly egress: string
  /** It names its bridge, as a client does that has a path over it. Nobody proves it: it only counts people. */
  readonly isAdditional: boolean
  /** The version that was picked, where it is not the newest that the client said. */
  readonly picked: { readonly version?: number }
  readonly nat: KnownNat
  /** Of the latest attempt. */
  ticketId: string
  /** What the client has trickled, for a bridge that is asked later. Empty once it is answered. */
  candidates: readonly Pick<CandidateMessage, 'candidate' | 'sdpMid'>[]
  /** How many those were. At most `MAX_CANDIDATES`. */
  candidateCount: number
  /** What the bridge's candidates tell of its NAT. */
  readonly bridgeNat: CandidateNat
  /** There was no direct way to the bridge that the client met before. */
  readonly unreached: boolean
  /** The latest attempt has a relay: what comes of it tells nothing of NATs. */
  isRelayed: boolean
}

/**
 * Introduces clients to bridges: carries out what the matchmaker decides, keeps its deadlines, and cleans what
 * passes between the two. Knows nothing of sockets. Throws a FootbridgeError for a message that makes no sense.
 */
export class Rendezvous {
  readonly #options: RendezvousOptions
  readonly #sanitizing: SanitizeOptions
  readonly #matchmaker: Matchmaker
  readonly #ledger = new OutcomeLedger()
  readonly #bridges = new Map<string, BridgePort>()
  readonly #exchanges = new Map<number, Exchange>()
  readonly #clients = new Map<ClientPort, Map<number, Exchange>>()
  #lastExchangeId = 0
  #wakeAt = Number.POSITIVE_INFINITY
  #cancelWake: () => void = () => {}

  constructor(options: RendezvousOptions) {
    this.#options = options
    this.#sanitizing = { allowPrivate: options.allowPrivateCandidates }
    const relays = options.issueTurn !== undefined
    this.#matchmaker = new Matchmaker({ ...options.limits, relays, random: Math.random })
  }

  get bridgeCount(): number {
    return this.#matchmaker.bridgeCount
  }

  /** Free places, by pool. */
  summary(): ReturnType<Matchmaker['summary']> {
    return this.#matchmaker.summary()
  }

  /** Those of one pool. */
  roomOf(pool: string | undefined): Room | undefined {
    return this.#matchmaker.roomOf(pool)
  }

  get occupancy(): Occupancy {
    const busy = this.#matchmaker.busyCount
    return { waiting: this.#matchmaker.bridgeCount - busy, busy }
  }

  /** Lists a bridge from now on. Gives it a name that tells nothing. */
  register(bridge: BridgePort, message: RegisterMessage): string {
    const { capacity, load = 0, nat, pool } = message
    const { bridgeIdPrefix = '', primitives } = this.#options
    const bridgeId = bridgeIdPrefix + encodeBase64Url(primitives.randomBytes(BRIDGE_ID_BYTES))
    this.#bridges.set(bridgeId, bridge)
    // First, for the next message may be an offer.
    bridge.send({ type: 'registered', bridgeId, ...pickedOf(message) })
    this.#matchmaker.register({ id: bridgeId, capacity, nat, place: placeOf(bridge.origin), pool }, load)
    this.#options.log.debug({ capacity, bridges: this.#matchmaker.bridgeCount }, 'a bridge registered')
    return bridgeId
  }

  /** Offers that wait for a bridge's answer. */
  get pendingOffers(): number {
    return this.#matchmaker.pendingCount
  }

  unregister(bridgeId: string): void {
    this.#bridges.delete(bridgeId)
    this.#perform(this.#matchmaker.unregister(bridgeId, this.#now()))
    this.#options.log.debug({ bridges: this.#matchmaker.bridgeCount }, 'a bridge left')
  }

  fromBridge(bridgeId: string, message: BridgeToServer | UnknownMessage): void {
    switch (message.type) {
      case 'register':
        throw new FootbridgeError('protocol', 'a bridge registers once')
      case 'load':
        if (message.nat !== undefined) this.#matchmaker.setNat(bridgeId, message.nat)
        this.#matchmaker.setLoad(bridgeId, message.clients, message.capacity)
        break
      case 'answer': {
        // The dearest thing that a message can ask for: not done for those who were not asked themselves.
        const isAwaited = this.#matchmaker.offerOf(bridgeId, message.offerId)?.paired === false
        const sdp = isAwaited ? sanitizeDescription(message.sdp, this.#sanitizing) : ''
        if (isAwaited) this.#learnNat(bridgeId, message.offerId, candidatesOf(sdp))
        this.#perform(this.#matchmaker.answer(bridgeId, message.offerId, this.#now()), sdp)
        break
      }
      case 'decline':
        this.#options.log.debug({ reason: message.reason }, 'a bridge declined')
        if (message.reason === 'egress') this.#excuse(bridgeId, message.offerId)
        this.#perform(this.#matchmaker.decline(bridgeId, message.offerId, this.#now()))
        break
      case 'candidate':
        this.#candidateFromBridge(bridgeId, message)
    }
  }

  fromClient(client: ClientPort, message: ClientToServer | UnknownMessage): void {
    switch (message.type) {
      case 'offer':
        this.#offer(client, message)
        break
      case 'candidate':
        this.#candidateFromClient(client, message)
        break
      case 'cancel': {
        const exchange = this.#clients.get(client)?.get(message.offerId)
        if (exchange) this.#perform(this.#matchmaker.cancel(exchange.id))
      }
    }
  }

  /** A client says that these bridges are faulty. */
  report(bridgeIds: readonly string[]): void {
    this.#matchmaker.report(bridgeIds, this.#now())
  }

  /** The client is gone. */
  leave(client: ClientPort): void {
    for (const exchange of this.#clients.get(client)?.values() ?? []) {
      this.#perform(this.#matchmaker.leave(exchange.id))
    }
  }

  /** What an egress has seen of the paths of these pairings. `askedAt`: by this server's clock. */
  learn(egress: string, page: OutcomePage, askedAt: number): void {
    for (const { bridgeId, result } of this.#ledger.settle(egress, page, askedAt)) {
      this.#matchmaker.learn(bridgeId, result, this.#now())
    }
  }

  /** Stops the clock. Whoever holds the ports closes them. */
  close(): void {
    this.#cancelWake()
    // Nothing is due earlier, so no timer is set again while the last sockets close.
    this.#wakeAt = Number.NEGATIVE_INFINITY
  }

  #offer(client: ClientPort, message: ClientOfferMessage): void {
    const own = this.#clients.get(client) ?? new Map<number, Exchange>()
    if (own.has(message.offerId)) throw new FootbridgeError('protocol', 'each offer has a number of its own')
    // Also of an offer that is refused: a client says it once.
    this.report(message.faulty ?? [])
    const { limits, egresses, shown } = this.#options
    const egress = egresses.choose(message.egress)
    if (own.size >= limits.maxOffersPerClient) this.#refuse(client, message, 'limit')
    else if (!egress) this.#refuse(client, message, 'no-egress')
    else if (message.bridge !== undefined && !shown.maySee(client.origin, message.bridge, this.#now()))
      this.#refuse(client, message, 'shown')
    else {
      const exchange: Exchange = {
        id: ++this.#lastExchangeId,
        client,
        clientOfferId: message.offerId,
        startedAt: this.#now(),
        sdp: sanitizeDescription(message.sdp, this.#sanitizing),
        egress: egress.id,
        isAdditional: message.bridge !== undefined,
        picked: pickedOf(message),
        nat: message.nat ?? 'unknown',
        ticketId: '',
        candidates: NONE,
        candidateCount: 0,
        bridgeNat: new CandidateNat(),
        unreached: message.unreached === true,
        isRelayed: false,
      }
      this.#exchanges.set(exchange.id, exchange)
      this.#clients.set(client, own.set(message.offerId, exchange))
      const facts = {
        avoid: new Set([...message.avoid, ...this.#bridgesAskedFor(own.values())]),
        bridge: message.bridge,
        nat: message.nat,
        place: placeOf(client.origin),
        pool: message.pool,
        only: () => this.#onlyFor(client.origin),
        isConnected: message.egress !== undefined && message.avoid.length > 0,
      }
      this.#perform(this.#matchmaker.offer(exchange.id, facts, this.#now()))
    }
  }

  /** The bridges that those who share the client's subnet may still see, unless they may see any. */
  #onlyFor(origin: PeerOrigin): Iterable<string> | undefined {
    const only = this.#options.shown.only(origin, this.#now())
    if (only) this.#options.observations.limited('distinct-bridges')
    return only
  }

  /** The egress did not let the bridge in: nothing can be learned of the two. */
  #excuse(bridgeId: string, attemptId: number): void {
    const offer = this.#matchmaker.offerOf(bridgeId, attemptId)
    const exchange = offer && this.#exchanges.get(offer.offerId)
    if (exchange) this.#ledger.forget(exchange.ticketId)
  }

  /** Bridges that have yet to answer other offers of the same client, which cannot name them itself. */
  #bridgesAskedFor(exchanges: Iterable<Exchange>): string[] {
    const asked: string[] = []
    for (const { id, sdp } of exchanges) {
      const holder = sdp === '' ? undefined : this.#matchmaker.holderOf(id)
      if (holder) asked.push(holder.bridgeId)
    }
    return asked
  }

  #candidateFromClient(client: ClientPort, message: CandidateMessage): void {
    const candidate = sanitizeCandidate(message.candidate, this.#sanitizing)
    const exchange = this.#clients.get(client)?.get(message.offerId)
    if (candidate === undefined || !exchange || exchange.candidateCount === MAX_CANDIDATES) return
    const cleaned = { ...message, candidate }
    const holder = this.#matchmaker.holderOf(exchange.id)
    exchange.candidateCount += 1
    if (!holder?.paired) exchange.candidates = [...exchange.candidates, cleaned]
    if (holder) this.#bridges.get(holder.bridgeId)?.send({ ...cleaned, offerId: holder.attemptId })
  }

  /** Candidates before the answer go nowhere: should the bridge decline, they would end up with the next one's answer. */
  #candidateFromBridge(bridgeId: string, message: CandidateMessage): void {
    const candidate = sanitizeCandidate(message.candidate, this.#sanitizing)
    const offer = this.#matchmaker.offerOf(bridgeId, message.offerId)
    const exchange = offer?.paired ? this.#exchanges.get(offer.offerId) : undefined
    if (candidate === undefined || !exchange?.client.trickle) return
    this.#learnNat(bridgeId, message.offerId, [candidate])
    exchange.client.send({ ...message, candidate, offerId: exchange.clientOfferId })
  }

  /** A browser does not know the class of its NAT, but it shows in its candidates if that is strict. */
  #learnNat(bridgeId: string, attemptId: number, candidates: readonly string[]): void {
    if (this.#matchmaker.natOf(bridgeId) === 'strict') return
    const offer = this.#matchmaker.offerOf(bridgeId, attemptId)
    const known = offer && this.#exchanges.get(offer.offerId)?.bridgeNat
    for (const candidate of candidates) known?.add(candidate)
    if (known?.nat !== undefined) this.#matchmaker.setNat(bridgeId, known.nat)
  }

  /** One relay for a pair is enough, and the bridge can still make its connection with it. */
  #turnFor({ nat, unreached }: Exchange, bridgeId: string): TurnServer | undefined {
    return unreached || needRelay(nat, this.#matchmaker.natOf(bridgeId))
      ? this.#options.issueTurn?.()
      : undefined
  }

  /** `answerSdp` is that of the bridge's answer, where there is one. */
  #perform(events: readonly MatchEvent[], answerSdp = ''): void {
    for (const event of events) this.#act(event, answerSdp)
    this.#wakeInTime()
  }

  #act(event: MatchEvent, answerSdp: string): void {
    if (event.type === 'withdraw') {
      this.#bridges.get(event.bridgeId)?.send({ type: 'cancel', offerId: event.attemptId })
      return
    }
    const exchange = this.#exchanges.get(event.offerId)
    if (!exchange) return
    switch (event.type) {
      case 'deliver':
        this.#deliver(exchange, event.attemptId, event.bridgeId)
        break
      case 'answered':
        this.#expectOutcome(exchange, event.bridgeId)
        this.#options.observations.matched(exchange.client.origin, this.#now() - exchange.startedAt)
        exchange.sdp = ''
        exchange.candidates = NONE
        exchange.client.send({
          type: 'answer',
          offerId: exchange.clientOfferId,
          sdp: answerSdp,
          bridgeId: event.bridgeId,
          egress: exchange.egress,
          ...exchange.picked,
        })
        break
      case 'refused':
        this.#forget(exchange)
        if (event.reason === 'limit') this.#options.observations.shed('client')
        this.#refuse(exchange.client, { offerId: exchange.clientOfferId, nat: exchange.nat }, event.reason)
        break
      case 'ended':
        this.#forget(exchange)
    }
  }

  #deliver(exchange: Exchange, attemptId: number, bridgeId: string): void {
    const { client, sdp, egress, isAdditional, candidates } = exchange
    const bridge = this.#bridges.get(bridgeId)
    // Already now: whether it answers or not, others from there must not be asked for beyond the cap meanwhile.
    this.#options.shown.add(client.origin, bridgeId, this.#now())
    // Each attempt has its own ticket: the bridge before may have used one already.
    const ticket = this.#options.issueTicket(egress)
    exchange.ticketId = ticket.id
    const turn = this.#turnFor(exchange, bridgeId)
    exchange.isRelayed = turn !== undefined
    bridge?.send({
      type: 'offer',
      offerId: attemptId,
      sdp,
      ticket: ticket.text,
      egress,
      trickle: client.trickle,
      ...(isAdditional && { additional: true }),
      ...(client.origin.country !== undefined && { country: client.origin.country }),
      ...(turn && { turn }),
    })
    for (const candidate of candidates) bridge?.send({ ...candidate, type: 'candidate', offerId: attemptId })
  }

  #expectOutcome(exchange: Exchange, bridgeId: string): void {
    const { isAdditional, ticketId, egress, client, isRelayed } = exchange
    // Who names a bridge could choose whom to speak ill of.
    if (isAdditional) return
    const { subnet } = client.origin
    const nat = isRelayed ? 'unknown' : exchange.nat
    this.#ledger.expect(ticketId, { bridgeId, egress, subnet, nat, pairedAt: this.#now() })
  }

  /** Whatever the cause, the client hears the same. */
  #refuse(
    client: ClientPort,
    { offerId, nat }: { readonly offerId: number; readonly nat?: KnownNat | undefined },
    cause: RefusalCause,
  ): void {
    if (!client.isGuest) this.#options.observations.refused(cause, nat)
    this.#options.log.debug({ cause }, 'an offer was refused')
    client.send(refusalOfOffer(offerId, 'no-bridge'))
  }

  #forget({ id, client, clientOfferId }: Exchange): void {
    this.#exchanges.delete(id)
    const own = this.#clients.get(client)
    own?.delete(clientOfferId)
    if (own?.size === 0) this.#clients.delete(client)
  }

  /** In whole milliseconds: fractions would be objects of their own, three for each pairing (as whole ones are after 24 days). */
  #now(): number {
    return Math.floor(this.#options.clock.now())
  }

  #wakeInTime(): void {
    const deadline = this.#matchmaker.nextDeadline()
    // A timer that is due earlier will look again.
    if (deadline === undefined || this.#wakeAt <= deadline) return
    this.#cancelWake()
    this.#wakeAt = deadline
    // One that fires early finds nothing due, and is set again.
    this.#cancelWake = this.#options.clock.after(Math.max(0, deadline - this.#now()), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY
      this.#perform(this.#matchmaker.expire(this.#now()))
    })
  }
}

/** What to tell a peer that speaks newer versions as well, so that it knows which one is spoken here. */
function pickedOf(theirs: SpokenVersions): { readonly version?: number } {
  const version = pickVersion(theirs)
  return version === undefined || version === theirs.version ? NOTHING_PICKED : { version }
}
