import {
  type ClientOfferMessage,
  type ClientToServer,
  parseClientToServer,
  type ServerToClient,
  SignalingCloseCode,
  type UnknownMessage,
} from '@footbridge/shared'
import type { WebSocket } from 'ws'
import type { AddressLimits } from './address-limits.ts'
import type { Admission } from './admission.ts'
import { Deadlines } from './deadlines.ts'
import { MessageSocket, type SocketRules } from './message-socket.ts'
import type { PeerOrigin } from './peer-origin.ts'
import { refusalOfOffer } from './refusals.ts'
import type { ClientPort, IntroducesClients } from './rendezvous.ts'

export interface ClientSocketOptions {
  readonly rendezvous: IntroducesClients
  readonly admission: Admission
  readonly addressLimits: AddressLimits
  readonly rules: SocketRules
}

/** Serves clients. Each trickles its candidates, may have several offers under way, and says something now and then. */
export function clientService(options: ClientSocketOptions): (socket: WebSocket, origin: PeerOrigin) => void {
  const { limits, clock } = options.rules
  const listening = new Deadlines<{ expectWord(): void }>(limits.clientIdleMs, clock, (client) =>
    client.expectWord(),
  )
  return (webSocket, origin) => serveClient(webSocket, origin, options, listening)
}

function serveClient(
  webSocket: WebSocket,
  origin: PeerOrigin,
  { rendezvous, admission, addressLimits, rules }: ClientSocketOptions,
  listening: Deadlines<{ expectWord(): void }>,
): void {
  let hasSpoken = false
  const socket = new MessageSocket<ClientToServer | UnknownMessage, ServerToClient>(webSocket, rules, {
    parse: parseClientToServer,
    message(message) {
      hasSpoken = true
      if (message.type === 'offer') offer(message)
      else rendezvous.fromClient(client, message)
    },
    fault: () => addressLimits.fault(origin),
    close() {
      listening.stop(client)
      rendezvous.leave(client)
    },
  })
  const client: ClientPort & { expectWord(): void } = {
    trickle: true,
    origin,
    send: (message) => socket.send(message),
    expectWord() {
      if (!hasSpoken) {
        rules.observations.limited('silence')
        socket.close(SignalingCloseCode.timeout, 'nothing was asked for')
        return
      }
      hasSpoken = false
      listening.start(client)
    },
  }
  listening.start(client)

  function offer(message: ClientOfferMessage): void {
    const refusal = admission.mayOffer(origin)
      ? admission.refusalOf(message, origin)
      : refusalOfOffer(message.offerId, 'no-bridge')
    if (refusal) socket.send(refusal)
    else rendezvous.fromClient(client, message)
  }
}
