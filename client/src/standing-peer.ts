import {
  type Carrier,
  FootbridgeError,
  isFootbridgeError,
  openWebSocketCarrier,
  type RendezvousOptions,
  type RendezvousPeer,
  STANDING_PATH,
} from '@footbridge/shared'
import { nodeWebSocket } from '@footbridge/shared/node'

/** From the ticket to an open WebSocket, for which the bridge has to reach the egress. */
const OPEN_TIMEOUT_MS = 5_000

/**
 * The client's end of a meeting with the standing bridge at `origin`, in the shape of a WebRTC one: its description is
 * empty, and the answer is a ticket, with which a WebSocket is opened. `carrier` rejects with `no-bridge` if the bridge
 * cannot be reached or does not take the ticket, or `aborted`.
 */
export function standingPeer(
  origin: string,
  { signal, onDescription }: Pick<RendezvousOptions, 'onDescription'> & { readonly signal: AbortSignal },
): RendezvousPeer {
  let accept: (ticket: string) => void = () => {}
  const ticket = new Promise<string>((resolve, reject) => {
    const onAbort = (): void => reject(new FootbridgeError('aborted', 'the rendezvous was cancelled'))
    accept = (ticket) => {
      signal.removeEventListener('abort', onAbort)
      resolve(ticket)
    }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
  // Not before whoever calls has the peer.
  queueMicrotask(() => {
    if (!signal.aborted) onDescription('')
  })
  return { carrier: open(origin, ticket, signal), accept, addCandidate: () => {} }
}

async function open(origin: string, ticket: Promise<string>, signal: AbortSignal): Promise<Carrier> {
  const query = `ticket=${encodeURIComponent(await ticket)}`
  try {
    return await openWebSocketCarrier(`${origin.replace(/^http/, 'ws')}${STANDING_PATH}?${query}`, {
      WebSocket: nodeWebSocket,
      timeoutMs: OPEN_TIMEOUT_MS,
      signal,
    })
  } catch (error) {
    if (isFootbridgeError(error, 'aborted')) throw error
    // Neither says anything of signaling, nor of the ways to bridges by WebRTC.
    throw new FootbridgeError('no-bridge', 'the standing bridge cannot be reached')
  }
}
