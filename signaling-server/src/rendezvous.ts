import {
  type BridgeToServer,
  type CandidateMessage,
  type ClientOfferMessage,
  type ClientToServer,
  type Clock,
  encodeBase64Url,
  FootbridgeError,
  MAX_CANDIDATES,
  PROTOCOL_VERSION,
  type Primitives,
  type RefuseReason,
  type RegisterMessage,
  type SanitizeOptions,
  type ServerToBridge,
  type ServerToClient,
  sanitizeCandidate,
  sanitizeDescription,
  type UnknownMessage,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { EgressList } from './egress-list.ts'
import type { Limits } from './limits.ts'
import { type MatchEvent, Matchmaker } from './matchmaker.ts'
import type { PeerOrigin } from './peer-origin.ts'

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
  send(message: ServerToClient): void
}

export interface RendezvousOptions {
  readonly egresses: EgressList
  /** A fresh ticket for one path to that egress. */
  readonly issueTicket: (egress: string) => string
  readonly allowPrivateCandidates: boolean
  readonly primitives: Primitives
  readonly clock: Clock
  readonly limits: Limits
  readonly log: Log
}

/** How long a refused peer had best wait. A client asks again soon for a bridge: one may register any moment. */
export const RETRY_AFTER_MS: Readonly<Record<RefuseReason, number>> = {
  'no-bridge': 1_000,
  'no-egress': 2_000,
  limit: 5_000,
  malformed: 0,
  version: 3_600_000,
  unavailable: 5_000,
}

const BRIDGE_ID_BYTES = 9

/** One client's offer on its way. */
interface Exchange {
  readonly id: number
  readonly client: ClientPort
  /** The client's own number for it. */
  readonly clientOfferId: number
  /** Empty once it is answered: nobody else will be asked. */
  sdp: string
  readonly egress: string
  /** It names its bridge, as a client does that has a path over it. Nobody proves it: it only counts people. */
  readonly isAdditional: boolean
  /** What the client has trickled, for a bridge that is asked later. At most `MAX_CANDIDATES`. */
  readonly candidates: Pick<CandidateMessage, 'candidate' | 'sdpMid'>[]
}

/**
 * Introduces clients to bridges: carries out what the matchmaker decides, keeps its deadlines, and cleans what
 * passes between the two. Knows nothing of sockets. Throws a FootbridgeError for a message that makes no sense.
 */
export class Rendezvous {
  readonly #options: RendezvousOptions
  readonly #sanitizing: SanitizeOptions
  readonly #matchmaker: Matchmaker
  readonly #bridges = new Map<string, BridgePort>()
  readonly #exchanges = new Map<number, Exchange>()
  readonly #clients = new Map<ClientPort, Map<number, Exchange>>()
  #lastExchangeId = 0
  #wakeAt = Number.POSITIVE_INFINITY
  #cancelWake: () => void = () => {}

  constructor(options: RendezvousOptions) {
    this.#options = options
    this.#sanitizing = { allowPrivate: options.allowPrivateCandidates }
    this.#matchmaker = new Matchmaker({ ...options.limits, random: Math.random })
  }

  /** Lists a bridge from now on. Gives it a name that tells nothing. */
  register(bridge: BridgePort, { capacity, load = 0 }: RegisterMessage): string {
    const bridgeId = encodeBase64Url(this.#options.primitives.randomBytes(BRIDGE_ID_BYTES))
    this.#bridges.set(bridgeId, bridge)
    // First, for the next message may be an offer.
    bridge.send({ type: 'registered', bridgeId })
    this.#matchmaker.register(bridgeId, capacity, load)
    this.#options.log.debug({ capacity, bridges: this.#matchmaker.bridgeCount }, 'a bridge registered')
    return bridgeId
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
        this.#matchmaker.setLoad(bridgeId, message.clients)
        break
      case 'answer': {
        const sdp = sanitizeDescription(message.sdp, this.#sanitizing)
        this.#perform(this.#matchmaker.answer(bridgeId, message.offerId, this.#now()), sdp)
        break
      }
      case 'decline':
        this.#options.log.debug({ reason: message.reason }, 'a bridge declined')
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

  /** The client is gone. */
  leave(client: ClientPort): void {
    for (const exchange of this.#clients.get(client)?.values() ?? []) {
      this.#perform(this.#matchmaker.leave(exchange.id))
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
    this.#matchmaker.report(message.faulty ?? [], this.#now())
    const egress = this.#options.egresses.choose(message.egress)
    if (message.version !== PROTOCOL_VERSION) this.#refuse(client, message.offerId, 'version')
    else if (own.size >= this.#options.limits.maxOffersPerClient)
      this.#refuse(client, message.offerId, 'limit')
    else if (!egress) this.#refuse(client, message.offerId, 'no-egress')
    else {
      const exchange: Exchange = {
        id: ++this.#lastExchangeId,
        client,
        clientOfferId: message.offerId,
        sdp: sanitizeDescription(message.sdp, this.#sanitizing),
        egress: egress.id,
        isAdditional: message.bridge !== undefined,
        candidates: [],
      }
      this.#exchanges.set(exchange.id, exchange)
      this.#clients.set(client, own.set(message.offerId, exchange))
      const avoid = new Set([...message.avoid, ...this.#bridgesAskedFor(own.values())])
      this.#perform(this.#matchmaker.offer(exchange.id, { avoid, bridge: message.bridge }, this.#now()))
    }
  }

  /** Bridges that have yet to answer other offers of the same client, which cannot name them itself. */
  #bridgesAskedFor(exchanges: Iterable<Exchange>): string[] {
    return [...exchanges].flatMap(({ id }) => {
      const holder = this.#matchmaker.holderOf(id)
      return holder === undefined || holder.paired ? [] : [holder.bridgeId]
    })
  }

  #candidateFromClient(client: ClientPort, message: CandidateMessage): void {
    const candidate = sanitizeCandidate(message.candidate, this.#sanitizing)
    const exchange = this.#clients.get(client)?.get(message.offerId)
    if (candidate === undefined || !exchange || exchange.candidates.length === MAX_CANDIDATES) return
    const cleaned = { ...message, candidate }
    exchange.candidates.push(cleaned)
    const holder = this.#matchmaker.holderOf(exchange.id)
    if (holder) this.#bridges.get(holder.bridgeId)?.send({ ...cleaned, offerId: holder.attemptId })
  }

  /** Candidates before the answer go nowhere: should the bridge decline, they would end up with the next one's answer. */
  #candidateFromBridge(bridgeId: string, message: CandidateMessage): void {
    const candidate = sanitizeCandidate(message.candidate, this.#sanitizing)
    const offer = this.#matchmaker.offerOf(bridgeId, message.offerId)
    const exchange = offer?.paired ? this.#exchanges.get(offer.offerId) : undefined
    if (candidate === undefined || !exchange?.client.trickle) return
    exchange.client.send({ ...message, candidate, offerId: exchange.clientOfferId })
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
        exchange.sdp = ''
        exchange.client.send({
          type: 'answer',
          offerId: exchange.clientOfferId,
          sdp: answerSdp,
          bridgeId: event.bridgeId,
          egress: exchange.egress,
        })
        break
      case 'refused':
        this.#forget(exchange)
        this.#refuse(exchange.client, exchange.clientOfferId, event.reason)
        break
      case 'ended':
        this.#forget(exchange)
    }
  }

  #deliver(exchange: Exchange, attemptId: number, bridgeId: string): void {
    const { client, sdp, egress, isAdditional, candidates } = exchange
    const bridge = this.#bridges.get(bridgeId)
    // Each attempt has its own ticket: the bridge before may have used one already.
    const ticket = this.#options.issueTicket(egress)
    bridge?.send({
      type: 'offer',
      offerId: attemptId,
      sdp,
      ticket,
      egress,
      trickle: client.trickle,
      ...(isAdditional && { additional: true }),
    })
    for (const candidate of candidates) bridge?.send({ ...candidate, type: 'candidate', offerId: attemptId })
  }

  #refuse(client: ClientPort, offerId: number, reason: RefuseReason): void {
    this.#options.log.debug({ reason }, 'an offer was refused')
    client.send({ type: 'refused', offerId, reason, retryAfterMs: RETRY_AFTER_MS[reason] })
  }

  #forget({ id, client, clientOfferId }: Exchange): void {
    this.#exchanges.delete(id)
    const own = this.#clients.get(client)
    own?.delete(clientOfferId)
    if (own?.size === 0) this.#clients.delete(client)
  }

  #now(): number {
    return this.#options.clock.now()
  }

  #wakeInTime(): void {
    const deadline = this.#matchmaker.nextDeadline()
    // A timer that is due earlier will look again.
    if (deadline === undefined || this.#wakeAt <= deadline) return
    this.#cancelWake()
    this.#wakeAt = deadline
    // Rounded up: a timer may fire a fraction of a millisecond early.
    this.#cancelWake = this.#options.clock.after(Math.ceil(Math.max(0, deadline - this.#now())), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY
      this.#perform(this.#matchmaker.expire(this.#now()))
    })
  }
}
