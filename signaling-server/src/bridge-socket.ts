import {
  type BridgeToServer,
  FootbridgeError,
  PROTOCOL_VERSION,
  parseBridgeToServer,
  type ServerToBridge,
  SignalingCloseCode,
  type UnknownMessage,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { WebSocket } from 'ws'
import type { Limits } from './limits.ts'
import { MessageSocket } from './message-socket.ts'
import type { Observations } from './observations.ts'
import type { PeerOrigin } from './peer-origin.ts'
import { RETRY_AFTER_MS, type Rendezvous } from './rendezvous.ts'

/** Serves one bridge: it registers first and in time, and is listed for as long as its socket is open. */
export function serveBridge(
  webSocket: WebSocket,
  origin: PeerOrigin,
  rendezvous: Rendezvous,
  limits: Limits,
  log: Log,
  observations: Observations,
): void {
  let bridgeId: string | undefined

  const socket = new MessageSocket<BridgeToServer | UnknownMessage, ServerToBridge>(
    webSocket,
    limits,
    log,
    observations,
    {
      parse: parseBridgeToServer,
      message(message) {
        if (bridgeId !== undefined) rendezvous.fromBridge(bridgeId, message)
        else register(message)
      },
      close() {
        clearTimeout(registering)
        if (bridgeId !== undefined) rendezvous.unregister(bridgeId)
      },
    },
  )
  const registering = setTimeout(() => {
    observations.limited('silence')
    socket.close(SignalingCloseCode.timeout, 'register within the time for it')
  }, limits.registerTimeoutMs)

  function register(message: BridgeToServer | UnknownMessage): void {
    if (message.type !== 'register') throw new FootbridgeError('protocol', 'a bridge registers first')
    clearTimeout(registering)
    if (message.version === PROTOCOL_VERSION) {
      bridgeId = rendezvous.register({ origin, send: (outgoing) => socket.send(outgoing) }, message)
      return
    }
    socket.send({ type: 'refused', reason: 'version', retryAfterMs: RETRY_AFTER_MS.version })
    socket.close(SignalingCloseCode.mustUpgrade, `this server speaks version ${PROTOCOL_VERSION}`)
  }
}
