import type { OnReadOpts, Socket } from 'node:net'
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

/** Opens the TCP connection of one stream, which comes paused and reads by `onread`; see `dialTarget`. */
export type Dial = (target: Target, signal: AbortSignal, onread: OnReadOpts) => Promise<Socket>

/** Bytes read of a target at most at once. */
const READ_BYTES = 65_536
/** At least so many: Node settles it when a socket is paused, and by the time that it goes on there is room for these. */
const LEAST_READ_BYTES = 8_192

/** Where all targets are read into. The stream copies what was read before the next read begins, so one is enough. */
const READ_BUFFER = new Uint8Array(READ_BYTES)

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
    const socket = await dial(stream.target, dialling.signal, readInto(stream))
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
 * Reads a target into `stream`, no more at once than it has room for. Node's own way would keep 64 KiB for each target
 * that has to wait, and as much again in the socket's queue.
 */
function readInto(stream: SessionStream): OnReadOpts {
  return {
    buffer: () => {
      return READ_BUFFER.subarray(0, Math.min(Math.max(stream.writableBytes, LEAST_READ_BYTES), READ_BYTES))
    },
    callback: (length, buffer) => {
      stream.write(buffer.subarray(0, length))
      // False pauses the socket.
      return stream.writableBytes > 0
    },
  }
}

/**
 * The stream has flow control and a queue of its own, so the socket reads from it and writes to it directly: a Duplex
 * between them would only add a second queue. What the socket holds is the last chunk alone, which the stream counts
 * as not consumed until it is asked for the next.
 */
function copyBothWays(stream: SessionStream, socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const copyUp = () => {
      while (socket.writable && socket.writableLength === 0) {
        const bytes = stream.read()
        if (bytes === undefined) return
        if (bytes === null) {
          socket.end()
          return
        }
        socket.write(bytes, copyUp)
      }
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
    socket.on('end', () => stream.end())
    socket.on('error', (error) => stream.reset(resetCodeOfError(errorCodeOfSocket(error))))
    socket.on('close', () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    copyUp()
    if (stream.writableBytes > 0) socket.resume()
  })
}
