import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Time that the other side has to read the last bytes and to close its own. */
const LINGER_MS = 2_000

/**
 * Ends `stream` after what was written to it. Goes on reading for a moment: to close a TCP connection with bytes unread
 * makes the system send RST, which can overtake the last answer.
 */
export function closeGently(stream: Duplex): void {
  stream.end()
  stream.resume()
  const timer = setTimeout(() => stream.destroy(), LINGER_MS).unref()
  stream.once('close', () => clearTimeout(timer))
}

/** Watches whether an app still wants what it asked for. */
export interface AppWatch {
  /** Fires when the app's connection fails, when the app ends its side with nothing sent, or at `abort`. */
  readonly signal: AbortSignal
  readonly abort: () => void
  /** Stops watching; due before anybody else reads from the socket. */
  dispose(): void
}

/** What the app sends while it is watched stays in the socket, bounded by the socket's own buffer. */
export function watchApp(socket: Socket): AppWatch {
  const controller = new AbortController()
  const abort = () => controller.abort()
  // Only who reads sees an end. One that comes after bytes is a half-close: the app has said all and waits for the reply.
  const readEnd = () => {
    if (socket.readableLength === 0) socket.read()
  }
  socket.on('readable', readEnd).on('end', abort).on('close', abort)
  if (socket.destroyed || socket.readableEnded) abort()
  return {
    signal: controller.signal,
    abort,
    dispose: () => {
      socket.off('readable', readEnd).off('end', abort).off('close', abort)
    },
  }
}
