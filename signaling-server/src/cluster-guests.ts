import {
  type ClientToServer,
  type Clock,
  isFootbridgeError,
  type ServerToClient,
  type UnknownMessage,
} from '@footbridge/shared'
import type { AskMessage } from './cluster-message.ts'
import { refusalOfOffer } from './refusals.ts'
import type { ClientPort, IntroducesClients } from './rendezvous.ts'

export interface ClusterGuestsOptions {
  /** Of this instance. */
  readonly rendezvous: IntroducesClients
  readonly tell: (instance: string, client: number, message: ServerToClient) => void
  /** Time after a guest's last word in which there may be something to pass on. */
  readonly lifetimeMs: number
  /** Guests of one instance at once. */
  readonly maxGuests: number
  readonly clock: Clock
}

interface Guest extends ClientPort {
  lastHeardAt: number
  /** Offers that were not refused. */
  offers: number
}

/** Clients of other instances whose offers go to bridges of this one: to the rendezvous they are clients like any. */
export class ClusterGuests {
  readonly #options: ClusterGuestsOptions
  /** By instance and its number for them; who has said nothing for longest comes first. */
  readonly #guests = new Map<string, Map<number, Guest>>()

  constructor(options: ClusterGuestsOptions) {
    this.#options = options
  }

  ask(instance: string, { client, trickle, origin, message }: AskMessage): void {
    const own = this.#guests.get(instance) ?? new Map<number, Guest>()
    if (!own.has(client)) {
      if (own.size >= this.#options.maxGuests) {
        this.#refuse(instance, client, message, 'no-bridge')
        return
      }
      const send = (answer: ServerToClient): void => this.#tell(instance, client, answer)
      own.set(client, { trickle, origin, lastHeardAt: 0, offers: 0, send })
      this.#guests.set(instance, own)
    }
    const guest = own.get(client)
    if (guest) guest.offers += 1
    this.more(instance, client, message)
  }

  /** Nothing comes of what a client says that has made no offer, or of which nothing was heard for long. */
  more(instance: string, client: number, message: ClientToServer | UnknownMessage): void {
    const own = this.#guests.get(instance)
    const guest = own?.get(client)
    if (!own || !guest) return
    guest.lastHeardAt = this.#options.clock.now()
    own.delete(client)
    own.set(client, guest)
    try {
      this.#options.rendezvous.fromClient(guest, message)
    } catch (error) {
      if (!isFootbridgeError(error)) throw error
      this.#refuse(instance, client, message, 'malformed')
    }
  }

  gone(instance: string, client: number): void {
    const guest = this.#guests.get(instance)?.get(client)
    if (!guest) return
    this.#guests.get(instance)?.delete(client)
    this.#options.rendezvous.leave(guest)
  }

  /** The instance is gone, and its clients with it. */
  lose(instance: string): void {
    for (const client of this.#guests.get(instance)?.keys() ?? []) this.gone(instance, client)
    this.#guests.delete(instance)
  }

  /** Everybody is gone, or out of reach. */
  loseAll(): void {
    for (const instance of this.#guests.keys()) this.lose(instance)
  }

  /** Once in a while: forgets those to whom there is nothing more to say. */
  expire(): void {
    const oldest = this.#options.clock.now() - this.#options.lifetimeMs
    for (const [instance, own] of this.#guests) {
      for (const [client, { lastHeardAt }] of own) {
        if (lastHeardAt > oldest) break
        this.gone(instance, client)
      }
    }
  }

  #tell(instance: string, client: number, message: ServerToClient): void {
    this.#options.tell(instance, client, message)
    const guest = this.#guests.get(instance)?.get(client)
    if (!guest) return
    if (message.type === 'refused') guest.offers -= 1
    // Without trickle nothing follows an answer.
    if (guest.offers === 0 || (message.type === 'answer' && !guest.trickle)) this.gone(instance, client)
  }

  #refuse(
    instance: string,
    client: number,
    message: ClientToServer | UnknownMessage,
    reason: 'no-bridge' | 'malformed',
  ): void {
    if (message.type === 'offer') this.#tell(instance, client, refusalOfOffer(message.offerId, reason))
  }
}
