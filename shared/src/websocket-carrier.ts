import { type Carrier, CloseCode, parseCloseCode } from './carrier.ts'
import { FootbridgeError } from './errors.ts'
import { bytesOfMessage, MessageCarrier } from './message-carrier.ts'

/** What is used of a WebSocket: the browser's own, or the one of the `ws` package. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  readonly bufferedAmount: number
  /** Of memory that no other thread shares, as the browser's wants it. */
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void
}

export type WebSocketConstructor = new (url: string) => WebSocketLike

/** The `readyState` of an open WebSocket. */
const OPEN = 1

/** Makes a WebSocket hand over binary messages without turning them into a `Blob`. */
export function receiveBinary(socket: WebSocketLike): void {
  // 'nodebuffer' is the default of `ws` alone, and the one type for which it copies nothing.
  if (socket.binaryType !== 'nodebuffer') socket.binaryType = 'arraybuffer'
}

/**
 * A carrier over `socket`, which is open (or about to be). Call it before any message can arrive, that is in the
 * turn in which the socket was made or accepted.
 */
export function webSocketCarrier(socket: WebSocketLike): Carrier {
  receiveBinary(socket)
  const carrier = new MessageCarrier({
    send: (packet) => {
      // Once the other end closes, a browser writes an error to the page's console for every message.
      if (socket.readyState === OPEN) socket.send(packet as Uint8Array<ArrayBuffer>)
    },
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    close: (code) => (code === CloseCode.lost ? socket.close() : socket.close(code)),
  })
  socket.addEventListener('message', ({ data }) => carrier.received(bytesOfMessage(data)))
  socket.addEventListener('close', ({ code }) => carrier.ended(parseCloseCode(code)))
  // A close event follows each error; without a listener the error would end a Node program.
  socket.addEventListener('error', () => {})
  return carrier
}

export interface OpenWebSocketOptions {
  readonly WebSocket: WebSocketConstructor
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Opens a WebSocket to `url`. Rejects with `unavailable`, `timeout` or `aborted`; no text names the address. */
export function openWebSocketCarrier(url: string, options: OpenWebSocketOptions): Promise<Carrier> {
  const { WebSocket, timeoutMs, signal } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw cancelled()
    const socket = connect(WebSocket, url)
    const carrier = webSocketCarrier(socket)
    const settle = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const giveUp = (error: FootbridgeError): void => {
      settle()
      carrier.close(CloseCode.lost)
      reject(error)
    }
    const onAbort = (): void => giveUp(cancelled())
    const timer = setTimeout(
      () => giveUp(new FootbridgeError('timeout', `the WebSocket did not open within ${timeoutMs} ms`)),
      timeoutMs,
    )
    signal?.addEventListener('abort', onAbort)
    socket.addEventListener('open', () => {
      settle()
      resolve(carrier)
    })
    // Once open, the carrier has ended and the promise is settled: nothing happens here.
    socket.addEventListener('close', () =>
      giveUp(new FootbridgeError('unavailable', 'the server did not accept the WebSocket')),
    )
  })
}

function connect(WebSocket: WebSocketConstructor, url: string): WebSocketLike {
  try {
    return new WebSocket(url)
  } catch {
    // The constructor's own error quotes the URL, ticket and all.
    throw new FootbridgeError('unavailable', 'this URL cannot be opened as a WebSocket')
  }
}

function cancelled(): FootbridgeError {
  return new FootbridgeError('aborted', 'opening the WebSocket was cancelled')
}
