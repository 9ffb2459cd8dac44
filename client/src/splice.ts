import type { Socket } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'

/**
 * Copies both ways until both directions have ended. Half-close passes through; so does failure: that of the stream
 * resets the app's TCP connection, and that of the app's connection destroys the stream.
 */
export function splice(socket: Socket, stream: Duplex): void {
  // Before the pipelines, which would end the socket in the ordinary way and let a cut-off reply look like a whole one.
  stream.once('error', () => resetSocket(socket))
  pipeline(socket, stream, ignoreFailure)
  pipeline(stream, socket, ignoreFailure)
}

/** Ends a TCP connection with RST, so that the other side knows that something is missing. */
export function resetSocket(socket: Socket): void {
  // After a half-close there is nothing left to cut off, and the system refuses a reset while it is under way.
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/** Each failure has destroyed both ends already, which is how both sides learn of it. */
function ignoreFailure(): void {}
