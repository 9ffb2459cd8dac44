import type { Socket } from 'node:net'
import {
  type ErrorCode,
  FootbridgeError,
  isFootbridgeError,
  ResetCode,
  resetCodeOfError,
  type SessionStream,
  type Target,
} from '@footbridge/shared'
import { errorCodeOfSocket } from './socket-error.ts'

/** Opens the TCP connection of one stream; see `dialTarget`. */
export type Dial = (target: Target, signal: AbortSignal) => Promise<Socket>

export interface SpliceOptions {
  /** Ends the dialling or the splice: the stream and the TCP connection are reset. */
  readonly signal: AbortSignal
}

/**
 * Connects a stream to its target and copies both ways until both are done or either fails. Bytes that the client
 * sent ahead wait in the stream, bounded by its window. Never rejects: a failure is told to the client by RESET.
 */
export async function spliceStream(stream: SessionStream, dial: Dial, options: SpliceOptions): Promise<void> {
  const socket = await dialFor(stream, dial, options.signal)
  if (socket === undefined) return
  stream.accept()
  await copyBothWays(stream, socket, options.signal)
}

/** The open connection, or `undefined` when there is none and the stream was reset. */
async function dialFor(stream: SessionStream, dial: Dial, signal: AbortSignal): Promise<Socket | undefined> {
  const dialling = new AbortController()
  const abort = () => dialling.abort(new FootbridgeError('aborted', 'the stream was given up'))
  stream.listen({ failed: abort })
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort)
  try {
    const socket = await dial(stream.target, dialling.signal)
    if (!dialling.signal.aborted) return socket
    socket.resetAndDestroy()
    throw dialling.signal.reason
  } catch (error: unknown) {
    const code: ErrorCode = isFootbridgeError(error) ? error.code : 'unavailable'
    stream.reset(resetCodeOfError(code))
    return undefined
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/**
 * The stream has flow control and a queue of its own, so the socket reads from it and writes to it directly: a Duplex
 * between them would only add a second queue. At most one read of the socket goes over the stream's credit.
 */
function copyBothWays(stream: SessionStream, socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const copyUp = () => {
      while (socket.writable && !socket.writableNeedDrain) {
        const bytes = stream.read()
        if (bytes === undefined) return
        if (bytes === null) {
          socket.end()
          return
        }
        socket.write(bytes)
      }
    }
    const pauseWithoutCredit = () => {
      if (stream.writableBytes <= 0) socket.pause()
    }
    const abort = () => {
      stream.reset(ResetCode.aborted)
      socket.resetAndDestroy()
    }

    stream.listen({
      readable: copyUp,
      writable: () => socket.resume(),
      failed: () => socket.resetAndDestroy(),
    })
    signal.addEventListener('abort', abort)
    socket.on('drain', copyUp)
    socket.on('data', (bytes) => {
      stream.write(bytes)
      pauseWithoutCredit()
    })
    socket.on('end', () => stream.end())
    socket.on('error', (error) => stream.reset(resetCodeOfError(errorCodeOfSocket(error))))
    socket.on('close', () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    copyUp()
    pauseWithoutCredit()
  })
}
