import { FootbridgeError } from './errors.ts'
import { ResetCode, type SessionStream } from './session-stream.ts'

/** A stream as web streams: closing `writable` is half-close; cancelling or aborting either one resets both. */
export interface StreamPair {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}

/**
 * Adapts `stream` to web streams; the stream must have no other listener. `opened` resolves when the egress has
 * reached the target and rejects with a {@link FootbridgeError} when it could not.
 */
export function webStreams(stream: SessionStream): StreamPair & { opened: Promise<void> } {
  const opened = deferred()
  // Whoever does not wait for it hears of the failure from the streams.
  opened.promise.catch(() => {})
  let reader: ReadableStreamDefaultController<Uint8Array> | undefined
  let writer: WritableStreamDefaultController | undefined
  let failure: FootbridgeError | undefined
  let wakeReader: (() => void) | undefined
  let wakeWriter: (() => void) | undefined
  const fail = (error: FootbridgeError): void => {
    failure = error
    opened.reject(error)
    reader?.error(error)
    writer?.error(error)
    wakeReader?.()
    wakeWriter?.()
  }
  const abandon = (): void => {
    stream.reset(ResetCode.aborted)
    fail(new FootbridgeError('aborted', 'the stream was given up on this side'))
  }
  stream.listen({
    opened: () => opened.resolve(),
    readable: () => wakeReader?.(),
    writable: () => wakeWriter?.(),
    failed: (code) => fail(new FootbridgeError(code, 'the stream ended early')),
  })
  const readable = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        reader = controller
      },
      pull: async (controller) => {
        let bytes = stream.read()
        while (bytes === undefined && failure === undefined) {
          await new Promise<void>((resolve) => {
            wakeReader = resolve
          })
          bytes = stream.read()
        }
        if (bytes === null) controller.close()
        else if (bytes !== undefined) controller.enqueue(bytes)
      },
      cancel: abandon,
    },
    // The session buffers already; a second queue here would only add delay.
    { highWaterMark: 0 },
  )
  const writable = new WritableStream<Uint8Array>(
    {
      start: (controller) => {
        writer = controller
        // `abort` below is not called before the write under way is over, and that may wait for credit that never comes.
        controller.signal.addEventListener('abort', () => wakeWriter?.())
      },
      write: async (bytes, { signal }) => {
        while (stream.writableBytes === 0 && failure === undefined && !signal.aborted) {
          await new Promise<void>((resolve) => {
            wakeWriter = resolve
          })
        }
        stream.write(bytes)
      },
      close: () => stream.end(),
      abort: abandon,
    },
    { highWaterMark: 1 },
  )
  return { readable, writable, opened: opened.promise }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve: () => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
