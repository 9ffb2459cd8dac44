import type { ClientOfferMessage, Clock, NatClass } from '@footbridge/shared'

export interface ReachabilityOptions {
  readonly clock: Clock
  /** The class of the own NAT, as far as it is known now. */
  nat(): NatClass | undefined
}

/** Where one direct way failed, the next likely does too. */
const UNREACHED_MS = 600_000

/** What a client tells of itself with each offer, so that it gets a bridge that it can reach, or a relay on the way. */
export class Reachability {
  readonly #options: ReachabilityOptions
  #unreachedUntil = Number.NEGATIVE_INFINITY

  constructor(options: ReachabilityOptions) {
    this.#options = options
  }

  get facts(): Pick<ClientOfferMessage, 'nat' | 'unreached'> {
    const nat = this.#options.nat()
    const unreached = this.#options.clock.now() < this.#unreachedUntil
    return { ...(nat && { nat }), ...(unreached && { unreached }) }
  }

  /** A bridge has answered, and yet no way led to it. */
  unreached(): void {
    this.#unreachedUntil = this.#options.clock.now() + UNREACHED_MS
  }
}
