import { type Carrier, CloseCode, parseCloseCode } from './carrier.ts'
import { bytesOfMessage, MessageCarrier } from './message-carrier.ts'

/** What is used of a simple-peer instance. */
export interface SimplePeerLike {
  readonly bufferSize: number
  send(data: Uint8Array | string): void
  signal(data: unknown): void
  destroy(): void
  /** `_iceComplete`: it has all its candidates, or has waited long enough for more. */
  on(event: 'connect' | 'close' | '_iceComplete', listener: () => void): unknown
  on(event: 'data' | 'signal' | 'error', listener: (value: unknown) => void): unknown
}

// A data channel has no close codes: the closing side says its code in one text message first.
const CLOSE_PREFIX = 'close:'

/**
 * How long a closed peer waits for the other end to have read why. Destroying at once loses what is still queued;
 * the other end destroys as soon as it has read the code, which is what normally ends the wait.
 */
const CLOSE_LINGER_MS = 1_000

/** A carrier over a connected simple-peer in object mode (which keeps text and binary messages apart). */
export function simplePeerCarrier(peer: SimplePeerLike): Carrier {
  let linger: ReturnType<typeof setTimeout> | undefined
  const carrier = new MessageCarrier({
    send: (packet) => peer.send(packet),
    get bufferedAmount() {
      return peer.bufferSize
    },
    close: (code) => {
      if (code === CloseCode.lost || !trySend(peer, CLOSE_PREFIX + code)) peer.destroy()
      else linger = setTimeout(() => peer.destroy(), CLOSE_LINGER_MS)
    },
  })
  peer.on('data', (data) => {
    const code = parseCloseText(data)
    if (code === undefined) {
      carrier.received(bytesOfMessage(data))
    } else {
      carrier.ended(code)
      peer.destroy()
    }
  })
  peer.on('close', () => {
    clearTimeout(linger)
    carrier.ended(CloseCode.lost)
  })
  // A close event follows each error; without a listener the error would be thrown.
  peer.on('error', () => {})
  return carrier
}

function parseCloseText(data: unknown): CloseCode | undefined {
  if (typeof data !== 'string' || !data.startsWith(CLOSE_PREFIX)) return undefined
  return parseCloseCode(Number(data.slice(CLOSE_PREFIX.length, CLOSE_PREFIX.length + 5)))
}

function trySend(peer: SimplePeerLike, text: string): boolean {
  try {
    peer.send(text)
    return true
  } catch {
    return false
  }
}
