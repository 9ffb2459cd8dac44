import {
  type ClientOfferMessage,
  type Clock,
  encodeSignalingMessage,
  FootbridgeError,
  isFootbridgeError,
  type KeyPair,
  type OpenedOffer,
  offerName,
  openOffer,
  type Primitives,
  parseClientToServer,
  ReplayGuard,
  type ServerToClient,
} from '@footbridge/shared'
import type { Admission } from './admission.ts'
import type { PeerOrigin } from './peer-origin.ts'
import { RecentMap } from './recent-map.ts'
import { refusalOfOffer } from './refusals.ts'
import type { ClientPort, IntroducesClients } from './rendezvous.ts'

export interface SealedOffersOptions {
  readonly rendezvous: IntroducesClients
  readonly admission: Admission
  /** Offers are sealed to it. */
  readonly keys: KeyPair
  readonly primitives: Primitives
  readonly clock: Clock
}

/** One sealed offer that is being answered. */
export interface SealedExchange {
  /** The sealed answer, refusals included. Never rejects, but waits for good once `leave` was called. */
  readonly answer: Promise<Uint8Array>
  /** Its client has the answer, or does not want it any more. Idempotent. */
  leave(): void
}

/** Caches ask twice and mailboxes deliver twice: who repeats an offer gets the same answer, for so long at least … */
const REPEAT_MS = 30_000
/** … as long as no more come. About 2 kB each. */
const MAX_ANSWERS = 500

/** Answers offers that came through somebody's hands, who is to learn nothing of them and may do anything with them. */
export class SealedOffers {
  readonly #options: SealedOffersOptions
  readonly #replays = new ReplayGuard()
  readonly #answers = new RecentMap<string, Promise<Uint8Array>>(MAX_ANSWERS, REPEAT_MS)

  constructor(options: SealedOffersOptions) {
    this.#options = options
  }

  /**
   * Has a sealed offer answered. Throws `too-large`, `malformed` or `not-authentic` for what is none, or was answered
   * before and is forgotten by now.
   */
  exchange(sealed: Uint8Array, origin: PeerOrigin): SealedExchange {
    const { keys, primitives, clock } = this.#options
    const offer = openOffer(sealed, { primitives, staticKey: keys })
    const name = offerName(offer)
    const known = this.#answers.get(name, clock.now())
    if (known) return { answer: known, leave: () => {} }
    const verdict = this.#replays.check(offer.ephemeralKey, offer.time, clock.wallNow())
    if (verdict === 'replayed') throw new FootbridgeError('not-authentic', 'a sealed offer was replayed')
    // Its client's clock is wrong: the answer's time tells it how much.
    if (verdict === 'stale') return { answer: Promise.resolve(this.#seal(offer)), leave: () => {} }
    const exchange = this.#introduce(offer, origin)
    this.#answers.set(name, exchange.answer, clock.now())
    return exchange
  }

  #introduce(offer: OpenedOffer, origin: PeerOrigin): SealedExchange {
    const { rendezvous } = this.#options
    let settle: (message: ServerToClient) => void = () => {}
    const answer = new Promise<Uint8Array>((resolve) => {
      settle = (message) => {
        settle = () => {}
        resolve(this.#seal(offer, message))
      }
    })
    const client: ClientPort = { trickle: false, origin, send: (message) => settle(message) }
    try {
      const message = offerOf(offer.message)
      const refusal = this.#options.admission.refusalOf(message, origin)
      if (refusal) settle(refusal)
      else rendezvous.fromClient(client, message)
    } catch (error) {
      if (!isFootbridgeError(error)) throw error
      settle(refusalOfOffer(0, 'malformed'))
    }
    return { answer, leave: () => rendezvous.leave(client) }
  }

  #seal(offer: OpenedOffer, message?: ServerToClient): Uint8Array {
    return offer.seal(
      message ? encodeSignalingMessage(message) : new Uint8Array(),
      this.#options.clock.wallNow(),
    )
  }
}

function offerOf(bytes: Uint8Array): ClientOfferMessage {
  const message = parseClientToServer(bytes)
  if (message.type !== 'offer') throw new FootbridgeError('protocol', 'only an offer can be sealed')
  return message
}
