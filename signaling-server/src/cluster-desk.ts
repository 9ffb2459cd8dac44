import {
  type CandidateMessage,
  type ClientOfferMessage,
  type ClientToServer,
  type Clock,
  FootbridgeError,
  isFootbridgeError,
  MAX_CANDIDATES,
  type ServerToClient,
  type UnknownMessage,
} from '@footbridge/shared'
import type { ClusterMessage } from './cluster-message.ts'
import { refusalOfOffer } from './refusals.ts'
import type { ClientPort, IntroducesClients } from './rendezvous.ts'

export interface ClusterDeskOptions {
  /** Id of this instance. */
  readonly own: string
  /** Of this instance. */
  readonly rendezvous: IntroducesClients
  /** The instance that this offer had best go to, none of `tried`; `undefined` if no bridge anywhere has room. */
  readonly choose: (offer: ClientOfferMessage, tried: ReadonlySet<string>) => string | undefined
  readonly send: (instance: string, message: ClusterMessage) => void
  /** Tells the instances of these bridges that they are faulty. */
  readonly report: (bridgeIds: readonly string[]) => void
  /** Time from an offer on in which a further instance is asked, if the one before finds nobody. */
  readonly passOnMs: number
  /** Time in which another instance answers an offer in any case. */
  readonly answerMs: number
  /** Time after an answer in which something more may pass. */
  readonly pairingLifetimeMs: number
  readonly maxOffersPerClient: number
  readonly clock: Clock
}

/** A client of this instance. */
interface Visitor {
  /** Names it to other instances. */
  readonly number: number
  readonly client: ClientPort
  /** What the rendezvous of this instance takes for the client. */
  readonly port: ClientPort
  /** By the client's own number. */
  readonly errands: Map<number, Errand>
}

/** An offer on its way: pending anywhere, or answered by another instance. */
interface Errand {
  readonly visitor: Visitor
  readonly offer: ClientOfferMessage
  readonly passOnUntil: number
  readonly tried: Set<string>
  /** The instance that has it. */
  at: string
  /** When it has waited too long or, once answered, nothing more follows. Counts for other instances only. */
  deadline: number
  /** What the client has trickled, for an instance that is asked later. At most `MAX_CANDIDATES`. */
  readonly candidates: CandidateMessage[]
}

/**
 * Where clients of this instance come to: serves each offer here, or has another instance serve it, and a further one if
 * that one finds nobody. What was passed on is not passed on from there.
 */
export class ClusterDesk implements IntroducesClients {
  readonly #options: ClusterDeskOptions
  readonly #visitors = new Map<ClientPort, Visitor>()
  readonly #byNumber = new Map<number, Visitor>()
  // What is elsewhere. All entries of one set live equally long, so the first to end is the first in it.
  readonly #pending = new Set<Errand>()
  readonly #answered = new Set<Errand>()
  #lastNumber = 0

  constructor(options: ClusterDeskOptions) {
    this.#options = options
  }

  fromClient(client: ClientPort, message: ClientToServer | UnknownMessage): void {
    if (message.type === 'unknown') return
    const visitor = this.#visitors.get(client) ?? this.#welcome(client)
    if (message.type === 'offer') {
      this.#offer(visitor, message)
      return
    }
    const errand = visitor.errands.get(message.offerId)
    if (!errand || errand.at === this.#options.own) this.#options.rendezvous.fromClient(visitor.port, message)
    else this.#options.send(errand.at, { type: 'more', client: visitor.number, message })
    if (!errand) return
    if (message.type === 'cancel') this.#forget(errand)
    else if (!this.#answered.has(errand) && errand.candidates.length < MAX_CANDIDATES)
      errand.candidates.push(message)
  }

  leave(client: ClientPort): void {
    const visitor = this.#visitors.get(client)
    if (!visitor) return
    this.#visitors.delete(client)
    this.#byNumber.delete(visitor.number)
    const elsewhere = new Set([...visitor.errands.values()].map(({ at }) => at))
    elsewhere.delete(this.#options.own)
    for (const instance of elsewhere) this.#options.send(instance, { type: 'gone', client: visitor.number })
    for (const errand of visitor.errands.values()) this.#forget(errand)
    this.#options.rendezvous.leave(visitor.port)
  }

  /** What another instance has to say to a client of this one. */
  tell(instance: string, number: number, message: ServerToClient | UnknownMessage): void {
    if (message.type === 'unknown') return
    const visitor = this.#byNumber.get(number)
    const errand = visitor?.errands.get(message.offerId)
    if (visitor && errand?.at === instance) this.#settle(errand, message)
    // Its client has gone or has another bridge by now: the one that answered is to be free again.
    else if (message.type === 'answer')
      this.#options.send(instance, {
        type: 'more',
        client: number,
        message: { type: 'cancel', offerId: message.offerId },
      })
  }

  /** The instance is gone, or out of reach: whoever waits for it is served elsewhere. */
  lose(instance: string): void {
    for (const errand of this.#pending) {
      if (errand.at === instance) this.#passOn(errand)
    }
    for (const errand of this.#answered) {
      if (errand.at === instance) this.#forget(errand)
    }
  }

  /** Once in a while: ends what has taken too long. */
  expire(): void {
    const now = this.#options.clock.now()
    for (const errand of this.#pending) {
      if (errand.deadline > now) break
      this.#takeBack(errand)
      this.#passOn(errand)
    }
    for (const errand of this.#answered) {
      if (errand.deadline > now) break
      this.#forget(errand)
    }
  }

  #welcome(client: ClientPort): Visitor {
    this.#lastNumber += 1
    const visitor: Visitor = {
      number: this.#lastNumber,
      client,
      port: {
        trickle: client.trickle,
        origin: client.origin,
        send: (message) => {
          const errand = visitor.errands.get(message.offerId)
          if (errand?.at === this.#options.own) this.#settle(errand, message)
          else client.send(message)
        },
      },
      errands: new Map(),
    }
    this.#visitors.set(client, visitor)
    this.#byNumber.set(visitor.number, visitor)
    return visitor
  }

  #offer(visitor: Visitor, { faulty = [], ...offer }: ClientOfferMessage): void {
    if (visitor.errands.has(offer.offerId))
      throw new FootbridgeError('protocol', 'each offer has a number of its own')
    // Also of an offer that is refused: a client says it once.
    if (faulty.length > 0) this.#options.report(faulty)
    if (visitor.errands.size >= this.#options.maxOffersPerClient) {
      visitor.client.send(refusalOfOffer(offer.offerId, 'no-bridge'))
      return
    }
    const errand: Errand = {
      visitor,
      offer,
      passOnUntil: this.#options.clock.now() + this.#options.passOnMs,
      tried: new Set(),
      at: '',
      deadline: 0,
      candidates: [],
    }
    visitor.errands.set(offer.offerId, errand)
    try {
      this.#place(errand, this.#options.choose(offer, errand.tried) ?? this.#options.own)
    } catch (error) {
      this.#forget(errand)
      throw error
    }
  }

  #place(errand: Errand, instance: string): void {
    const { own, rendezvous, send, clock, answerMs } = this.#options
    const { visitor, offer, candidates } = errand
    const { number, port, client } = visitor
    errand.tried.add(instance)
    errand.at = instance
    if (instance === own) {
      const early = [...candidates]
      rendezvous.fromClient(port, offer)
      for (const message of early) rendezvous.fromClient(port, message)
      return
    }
    errand.deadline = clock.now() + answerMs
    this.#pending.add(errand)
    const { trickle, origin } = client
    send(instance, { type: 'ask', client: number, trickle, origin, message: offer })
    for (const message of candidates) send(instance, { type: 'more', client: number, message })
  }

  /** What the instance that has the errand says. */
  #settle(errand: Errand, message: ServerToClient): void {
    const { visitor } = errand
    if (message.type === 'refused') {
      this.#passOn(errand, message)
      return
    }
    if (message.type === 'answer') this.#markAnswered(errand)
    visitor.client.send(message)
  }

  #markAnswered(errand: Errand): void {
    const { own, clock, pairingLifetimeMs } = this.#options
    // The rendezvous of this instance knows by itself what belongs to it. Without trickle nothing follows an answer.
    if (errand.at === own || !errand.visitor.client.trickle) {
      this.#forget(errand)
      return
    }
    this.#pending.delete(errand)
    errand.candidates.length = 0
    errand.deadline = clock.now() + pairingLifetimeMs
    this.#answered.add(errand)
  }

  /** Nothing came of it where it was: asks another instance, or else tells the client. */
  #passOn(errand: Errand, refusal = refusalOfOffer(errand.offer.offerId, 'no-bridge')): void {
    this.#pending.delete(errand)
    const next = refusal.reason === 'no-bridge' ? this.#next(errand) : undefined
    if (next === undefined) {
      this.#forget(errand)
      errand.visitor.client.send(refusal)
      return
    }
    try {
      this.#place(errand, next)
    } catch (error) {
      if (!isFootbridgeError(error)) throw error
      this.#forget(errand)
      errand.visitor.client.send(refusalOfOffer(errand.offer.offerId, 'malformed'))
    }
  }

  /** The next instance to ask: in the end this one, where a bridge may have come meanwhile. */
  #next({ offer, tried, passOnUntil }: Errand): string | undefined {
    const { own, choose, clock } = this.#options
    if (offer.bridge !== undefined || clock.now() >= passOnUntil) return undefined
    return choose(offer, tried) ?? (tried.has(own) ? undefined : own)
  }

  #takeBack({ at, visitor, offer }: Errand): void {
    const message = { type: 'cancel', offerId: offer.offerId } as const
    this.#options.send(at, { type: 'more', client: visitor.number, message })
  }

  #forget(errand: Errand): void {
    errand.visitor.errands.delete(errand.offer.offerId)
    this.#pending.delete(errand)
    this.#answered.delete(errand)
  }
}
