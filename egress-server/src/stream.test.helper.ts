import { setImmediate as turn } from 'node:timers/promises'
import {
  type Datagram,
  type ErrorCode,
  errorCodeOfReset,
  type ResetCode,
  type SessionStream,
  type SessionStreamListener,
  type Target,
} from '@footbridge/shared'

/** A stream in memory, the egress's end as `SessionStream` and the client's end as `client`. */
export class MemoryStream implements SessionStream {
  readonly id = 1
  readonly target: Target
  readonly client: ClientEnd
  accepted = false
  resetCode: ResetCode | undefined
  writableBytes: number
  readonly toTarget: (Uint8Array | null)[] = []
  #listener: SessionStreamListener = {}

  constructor(target: Target, windowBytes = 65_536) {
    this.target = target
    this.writableBytes = windowBytes
    this.client = new ClientEnd(this)
  }

  listen(listener: SessionStreamListener): void {
    this.#listener = listener
  }

  read(): Uint8Array | null | undefined {
    return this.toTarget[0] === null ? null : this.toTarget.shift()
  }

  write(bytes: Uint8Array): void {
    this.writableBytes -= bytes.length
    this.client.received.push(bytes.slice())
  }

  end(): void {
    this.client.ended = true
  }

  accept(): void {
    this.accepted = true
  }

  sendDatagram({ host, port, data }: Datagram): void {
    this.client.datagrams.push({ host, port, data: data.slice() })
  }

  reset(code: ResetCode): void {
    if (this.resetCode === undefined) this.fail(code)
  }

  fail(code: ResetCode): void {
    this.resetCode = code
    this.toTarget.length = 0
    this.tell((listener) => listener.failed?.(errorCodeOfReset(code)))
  }

  tell(what: (listener: SessionStreamListener) => void): void {
    queueMicrotask(() => what(this.#listener))
  }
}

class ClientEnd {
  readonly #stream: MemoryStream
  received: Uint8Array[] = []
  readonly datagrams: Datagram[] = []
  ended = false

  constructor(stream: MemoryStream) {
    this.#stream = stream
  }

  send(bytes: string | Uint8Array): void {
    this.#stream.toTarget.push(Buffer.from(bytes))
    this.#stream.tell((listener) => listener.readable?.())
  }

  sendDatagram(datagram: Datagram): void {
    this.#stream.tell((listener) => listener.datagram?.(datagram))
  }

  end(): void {
    this.#stream.toTarget.push(null)
    this.#stream.tell((listener) => listener.readable?.())
  }

  reset(code: ResetCode): void {
    this.#stream.fail(code)
  }

  /** What has arrived since the last call. Gives the credit back. */
  take(): Buffer {
    const bytes = Buffer.concat(this.received)
    this.received = []
    const wasBlocked = this.#stream.writableBytes <= 0
    this.#stream.writableBytes += bytes.length
    if (wasBlocked && this.#stream.writableBytes > 0) this.#stream.tell((listener) => listener.writable?.())
    return bytes
  }

  /** Everything up to the target's end. */
  async takeAll(): Promise<Buffer> {
    const parts: Buffer[] = []
    while (!this.ended) {
      parts.push(this.take())
      await turn()
    }
    return Buffer.concat([...parts, this.take()])
  }

  get failure(): ErrorCode | undefined {
    return this.#stream.resetCode && errorCodeOfReset(this.#stream.resetCode)
  }
}
