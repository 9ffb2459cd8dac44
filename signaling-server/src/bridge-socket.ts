import {
  type BridgeToServer,
  FootbridgeError,
  OLDEST_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  parseBridgeToServer,
  pickVersion,
  type RegisterMessage,
  type ServerToBridge,
  SignalingCloseCode,
  type UnknownMessage,
} from '@footbridge/shared'
import type { WebSocket } from 'ws'
import type { AddressLimits } from './address-limits.ts'
import { Deadlines } from './deadlines.ts'
import { MessageSocket, type SocketRules } from './message-socket.ts'
import type { PeerOrigin } from './peer-origin.ts'
import { refusalOfBridge } from './refusals.ts'
import type { Rendezvous } from './rendezvous.ts'

/** Time after which a bridge that was one too many may ask again. */
const SURPLUS_RETRY_MS = 300_000

export interface BridgeSocketOptions {
  readonly rendezvous: Rendezvous
  readonly addressLimits: AddressLimits
  readonly rules: SocketRules
  /** Countries whose volunteers are not taken, for their own sake. */
  readonly censored: ReadonlySet<string>
}

type BridgeSocket = MessageSocket<BridgeToServer | UnknownMessage, ServerToBridge>

/** Serves bridges: each registers first and in time, and is listed for as long as its socket is open. */
export function bridgeService(options: BridgeSocketOptions): (socket: WebSocket, origin: PeerOrigin) => void {
  const { limits, clock } = options.rules
  const registering = new Deadlines<BridgeSocket>(limits.registerTimeoutMs, clock, (socket) => {
    options.rules.observations.limited('silence')
    socket.close(SignalingCloseCode.timeout, 'register within the time for it')
  })
  return (webSocket, origin) => serveBridge(webSocket, origin, options, registering)
}

function serveBridge(
  webSocket: WebSocket,
  origin: PeerOrigin,
  { rendezvous, addressLimits, rules, censored }: BridgeSocketOptions,
  registering: Deadlines<BridgeSocket>,
): void {
  let bridgeId: string | undefined
  let unregistered: (() => void) | undefined

  const socket: BridgeSocket = new MessageSocket(webSocket, rules, {
    parse: parseBridgeToServer,
    message(message) {
      if (bridgeId !== undefined) rendezvous.fromBridge(bridgeId, message)
      else if (message.type === 'register') register(message)
      else throw new FootbridgeError('protocol', 'a bridge registers first')
    },
    fault: () => addressLimits.fault(origin),
    close() {
      registering.stop(socket)
      unregistered?.()
      if (bridgeId !== undefined) rendezvous.unregister(bridgeId)
    },
  })
  registering.start(socket)

  function register(message: RegisterMessage): void {
    registering.stop(socket)
    const version = pickVersion(message)
    if (version === undefined) {
      socket.send(refusalOfBridge('version'))
      socket.close(SignalingCloseCode.mustUpgrade, whatIsSpoken())
    } else if (isCensored(message)) {
      rules.observations.limited('censored-country')
      socket.send(refusalOfBridge('censored-country'))
      socket.close(SignalingCloseCode.limit, 'where you are, helping may do you harm')
    } else if (rendezvous.bridgeCount >= rules.limits.maxBridges) {
      rules.observations.shed('bridge')
      socket.send(refusalOfBridge('limit', SURPLUS_RETRY_MS))
      socket.close(SignalingCloseCode.limit, 'more bridges wait than are needed')
    } else if (!addressLimits.mayRegister(origin)) {
      socket.send(refusalOfBridge('limit'))
      socket.close(SignalingCloseCode.limit, 'too many bridges at your address: try in a minute')
    } else {
      unregistered = addressLimits.registered(origin)
      bridgeId = rendezvous.register({ origin, send: (outgoing) => socket.send(outgoing) }, message)
    }
  }

  /** Who helps a private pool has set that up for people whom they know: theirs to weigh. */
  function isCensored({ pool }: RegisterMessage): boolean {
    return pool === undefined && origin.country !== undefined && censored.has(origin.country)
  }
}

/** For the people who run an old bridge, or an old server. */
function whatIsSpoken(): string {
  return OLDEST_PROTOCOL_VERSION === PROTOCOL_VERSION
    ? `this server speaks version ${PROTOCOL_VERSION}`
    : `this server speaks versions ${OLDEST_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`
}
