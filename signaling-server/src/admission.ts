import {
  type ClientOfferMessage,
  type ClientRefusedMessage,
  pickVersion,
  SPOKEN_VERSIONS,
} from '@footbridge/shared'
import type { AddressLimits } from './address-limits.ts'
import type { Observations } from './observations.ts'
import type { PeerOrigin } from './peer-origin.ts'
import { refusalOfOffer } from './refusals.ts'
import type { WorkGate } from './work-gate.ts'

export interface AdmissionOptions {
  readonly addressLimits: AddressLimits
  readonly work: WorkGate
  readonly observations: Observations
}

/** What an offer must pass before anybody looks for a bridge. The cheapest to check comes first. */
export class Admission {
  readonly #addressLimits: AddressLimits
  readonly #work: WorkGate
  readonly #observations: Observations

  constructor({ addressLimits, work, observations }: AdmissionOptions) {
    this.#addressLimits = addressLimits
    this.#work = work
    this.#observations = observations
  }

  /** Whether anything that comes from there should be read as an offer. Counts it. */
  mayOffer(origin: PeerOrigin): boolean {
    return this.#addressLimits.mayOffer(origin)
  }

  /** What to tell the client instead of looking for a bridge, if its offer does not pass. */
  refusalOf(offer: ClientOfferMessage, origin: PeerOrigin): ClientRefusedMessage | undefined {
    if (pickVersion(offer) === undefined) {
      this.#observations.refused('version', offer.nat)
      return refusalOfOffer(offer.offerId, 'version', SPOKEN_VERSIONS)
    }
    // A program on this machine takes no more of it by offering than by working.
    const demand = origin.isLocal ? undefined : this.#work.demandOf(offer)
    if (!demand) return undefined
    this.#observations.refused('work', offer.nat)
    return refusalOfOffer(offer.offerId, 'no-bridge', demand)
  }
}
