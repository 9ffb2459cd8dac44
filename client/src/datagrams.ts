import {
  ASSOCIATION_TARGET,
  type Datagram,
  type ErrorCode,
  FootbridgeError,
  isFootbridgeError,
  ResetCode,
  type SessionStream,
} from '@footbridge/shared'
import type { StreamOpener } from './stream-opener.ts'

/** Opens a socket for datagrams. Rejects with a `FootbridgeError`, within a deadline of its own, or once `signal` fires. */
export type Associate = (options: { readonly signal: AbortSignal }) => Promise<Datagrams>

/** What may wait to be taken. */
const MAX_UNREAD_BYTES = 1_048_576
/** What each costs besides its data. */
const ENTRY_COST_BYTES = 128

/**
 * A UDP socket at the egress: what is sent comes from there, and answers come back. Like UDP it may lose datagrams, repeat
 * none, and says nothing of it. Iterating gives what comes, each datagram once; it ends at `close` and throws a
 * {@link FootbridgeError} when the session is lost. Of more than 1 MiB that nobody takes the oldest are dropped.
 */
export class Datagrams implements AsyncIterable<Datagram> {
  readonly #stream: SessionStream
  readonly #unread: Datagram[] = []
  #unreadBytes = 0
  #wake: () => void = () => {}
  #changed: Promise<void> | undefined
  #over: { readonly failure: ErrorCode | undefined } | undefined
  #onClose: () => void = () => {}

  /** @internal Use `FootbridgeClient.datagrams`. */
  constructor(stream: SessionStream) {
    this.#stream = stream
    stream.listen({
      datagram: (datagram) => this.#receive(datagram),
      failed: (code) => this.#end(code),
    })
  }

  /** Sends one to a host, by name or address. Throws `malformed`, `too-large` (over 65,000 bytes), or why this is over. */
  send(datagram: Datagram): void {
    if (this.#over !== undefined) throw ended(this.#over.failure ?? 'closed')
    this.#stream.sendDatagram(datagram)
  }

  /** Ends it. Idempotent. */
  close(): void {
    if (this.#over !== undefined) return
    this.#stream.reset(ResetCode.aborted)
    this.#end(undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, void, undefined> {
    for (;;) {
      const datagram = this.#take()
      if (datagram !== undefined) yield datagram
      else if (this.#over === undefined) await this.#change()
      else if (this.#over.failure !== undefined) throw ended(this.#over.failure)
      else return
    }
  }

  /** @internal Closes it when `signal` fires. */
  closeAt(signal: AbortSignal): void {
    const close = () => this.close()
    signal.addEventListener('abort', close)
    this.#onClose = () => signal.removeEventListener('abort', close)
    if (signal.aborted) close()
  }

  #receive({ host, port, data }: Datagram): void {
    this.#unread.push({ host, port, data: data.slice() })
    this.#unreadBytes += data.length + ENTRY_COST_BYTES
    while (this.#unreadBytes > MAX_UNREAD_BYTES) this.#take()
    this.#wake()
  }

  #take(): Datagram | undefined {
    const datagram = this.#unread.shift()
    if (datagram !== undefined) this.#unreadBytes -= datagram.data.length + ENTRY_COST_BYTES
    return datagram
  }

  /** The next change, the same for all who wait. */
  #change(): Promise<void> {
    this.#changed ??= new Promise((resolve) => {
      this.#wake = () => {
        this.#changed = undefined
        resolve()
      }
    })
    return this.#changed
  }

  #end(failure: ErrorCode | undefined): void {
    this.#over ??= { failure }
    this.#onClose()
    this.#wake()
  }
}

/** Opens sockets for datagrams on whatever session `opener` has. */
export function createAssociate(opener: StreamOpener): Associate {
  return async ({ signal }) => {
    try {
      const datagrams = await opener.open(ASSOCIATION_TARGET, signal, (stream) => new Datagrams(stream))
      datagrams.closeAt(signal)
      return datagrams
    } catch (error) {
      if (!isFootbridgeError(error, 'unknown-host')) throw error
      throw new FootbridgeError('unavailable', 'the egress of this network carries no datagrams', {
        cause: error,
      })
    }
  }
}

function ended(code: ErrorCode): FootbridgeError {
  return new FootbridgeError(code, 'the datagrams have ended')
}
