import type { ClientOfferMessage, ClientToServer, UnknownMessage } from '@footbridge/shared'
import type { EgressList } from './egress-list.ts'
import type { Observations, RefusalCause } from './observations.ts'
import { refusalOfOffer } from './refusals.ts'
import type { ClientPort, IntroducesClients } from './rendezvous.ts'
import type { IssuedTicket } from './tickets.ts'

export interface StandingDeskOptions {
  /** Serves whoever wants a data channel. */
  readonly desk: IntroducesClients
  /** Whether the network has standing bridges at all. */
  readonly hasStanding: boolean
  readonly egresses: EgressList
  readonly issueTicket: (egress: string) => IssuedTicket
  readonly observations: Observations
}

/** What an answer names in place of one bridge: the ticket is for any that stands. */
const ANY_STANDING_BRIDGE = 'standing'

/**
 * Gives clients that ask for a WebSocket a ticket at once. Which standing bridge they take it to is for them to choose,
 * from their own descriptor: nobody else can tell which of them their network lets through.
 */
export class StandingDesk implements IntroducesClients {
  readonly #options: StandingDeskOptions

  constructor(options: StandingDeskOptions) {
    this.#options = options
  }

  fromClient(client: ClientPort, message: ClientToServer | UnknownMessage): void {
    if (message.type === 'offer' && message.carrier === 'websocket') this.#offer(client, message)
    else this.#options.desk.fromClient(client, message)
  }

  leave(client: ClientPort): void {
    this.#options.desk.leave(client)
  }

  #offer(client: ClientPort, { offerId, egress: pinned, pool }: ClientOfferMessage): void {
    const { hasStanding, egresses, issueTicket, observations } = this.#options
    const refuse = (cause: RefusalCause): void => {
      observations.refused(cause, undefined)
      client.send(refusalOfOffer(offerId, 'no-bridge'))
    }
    const egress = egresses.choose(pinned)
    // Who is in a private pool wants nobody else's help.
    if (!hasStanding || pool !== undefined) refuse('no-bridge')
    else if (egress === undefined) refuse('no-egress')
    else {
      observations.matched(client.origin, 0)
      const { text } = issueTicket(egress.id)
      client.send({ type: 'answer', offerId, sdp: text, bridgeId: ANY_STANDING_BRIDGE, egress: egress.id })
    }
  }
}
