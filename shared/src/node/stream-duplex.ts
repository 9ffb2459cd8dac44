import type { Duplex } from 'node:stream'
import { MAX_PACKET_BYTES } from '../constants.ts'
import { type ErrorCode, FootbridgeError, isFootbridgeError } from '../errors.ts'
import { ResetCode, resetCodeOfError, type SessionStream } from '../session-stream.ts'
import { SocketLikeDuplex } from './socket-like.ts'

type WriteCallback = (error?: Error | null) => void

export interface DuplexOptions {
  /** Called when the egress reached the target. */
  readonly opened?: () => void
  /** The error of a stream whose target was not reached. Default: one that says that the stream ended early. */
  readonly explain?: (code: ErrorCode) => FootbridgeError
}

/**
 * A session's stream as a Node `Duplex`: `end()` is half-close, `destroy()` is reset, and the stream's failure destroys
 * it with a `FootbridgeError` of the same code. Takes over the stream's listener.
 *
 * Chunks pass through uncopied: what is written must not be changed afterwards.
 */
export function toDuplex(stream: SessionStream, options: DuplexOptions = {}): Duplex {
  return new StreamDuplex(stream, options)
}

class StreamDuplex extends SocketLikeDuplex {
  readonly #stream: SessionStream
  /** Node has asked for bytes and not yet said that it has enough. */
  #wanted = false
  /** Acknowledges the last write once the stream takes more. */
  #written: WriteCallback | undefined

  constructor(stream: SessionStream, { opened, explain = failure }: DuplexOptions) {
    // The stream has windows of its own; one packet's worth here keeps both sides busy without a second queue.
    super({ allowHalfOpen: true, highWaterMark: MAX_PACKET_BYTES })
    this.#stream = stream
    // It may fail before whoever is to get it can listen, and an unheard error would end the program.
    this.on('error', () => {})
    let fail = explain
    stream.listen({
      opened: () => {
        fail = failure
        opened?.()
      },
      readable: () => this.#pull(),
      writable: () => this.#acknowledge(),
      failed: (code) => this.destroy(fail(code)),
    })
  }

  override _read(): void {
    this.#wanted = true
    this.#pull()
  }

  #pull(): void {
    while (this.#wanted) {
      const bytes = this.#stream.read()
      if (bytes === undefined) return
      this.touch()
      this.#wanted = this.push(bytes)
    }
  }

  override _write(bytes: Uint8Array, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.touch()
    this.#stream.write(bytes)
    if (this.#stream.writableBytes > 0) callback()
    else this.#written = callback
  }

  #acknowledge(error?: Error): void {
    const callback = this.#written
    this.#written = undefined
    callback?.(error)
  }

  override _final(callback: WriteCallback): void {
    this.#stream.end()
    callback()
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.setTimeout(0)
    // After a clean end both ways what was written may still be on its way, and a reset would cut it off.
    if (!this.readableEnded || !this.writableFinished) {
      this.#stream.reset(isFootbridgeError(error) ? resetCodeOfError(error.code) : ResetCode.aborted)
    }
    this.#acknowledge(error ?? failure('closed'))
    callback(error)
  }
}

function failure(code: ErrorCode): FootbridgeError {
  return new FootbridgeError(code, `the stream ended early (${code})`)
}
