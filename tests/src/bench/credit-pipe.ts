import { RateMeter } from './read-rate.ts'
import { Meter, messages, type Transfer } from './transfer.ts'

/** Bytes in flight at most, if nothing else is said. Without such a limit the browser's buffer overflows and data is lost. */
const WINDOW_BYTES = 1_048_576
/** The receiver returns credit each time it has received so much. */
const CREDIT_BYTES = 131_072
/** A message of this length is credit: how much was received so far. Every other one is data. */
const CREDIT_MESSAGE_BYTES = 8

/** One end of a raw pipe of messages, with just enough flow control end to end that nothing overflows. */
export class CreditPipe {
  readonly #send: (message: Uint8Array) => void
  readonly #windowBytes: number
  #credited = 0
  #onCredit: () => void = () => {}
  #onData: (bytes: number, message: Uint8Array) => void = () => {}

  constructor(send: (message: Uint8Array) => void, windowBytes: number = WINDOW_BYTES) {
    this.#send = send
    this.#windowBytes = windowBytes
  }

  /** Resolves when the other end has received all of it. `bytes` is a multiple of what credit is given for. */
  send(bytes: number): Promise<void> {
    this.#credited = 0
    let sent = 0
    const queue = messages(bytes)
    return new Promise((resolve) => {
      this.#onCredit = () => {
        while (sent - this.#credited < this.#windowBytes) {
          const { value: message } = queue.next()
          if (message === undefined) break
          sent += message.length
          this.#send(message)
        }
        if (this.#credited === bytes) resolve()
      }
      this.#onCredit()
    })
  }

  receive(bytes: number): Promise<Transfer> {
    const meter = new Meter()
    let credited = 0
    return new Promise((resolve) => {
      this.#onData = (length) => {
        meter.add(length)
        if (meter.total - credited < CREDIT_BYTES) return
        credited = meter.total
        this.#send(encodeCredit(credited))
        if (credited === bytes) resolve(meter.transfer)
      }
    })
  }

  /** Bytes a second that come in `ms`, once `warmUpMs` have passed since the first one. */
  rate({ warmUpMs, ms }: { readonly warmUpMs: number; readonly ms: number }): Promise<number> {
    const meter = new RateMeter(warmUpMs, ms)
    let total = 0
    let credited = 0
    return new Promise((resolve) => {
      this.#onData = (length) => {
        total += length
        if (total - credited >= CREDIT_BYTES) {
          credited = total
          this.#send(encodeCredit(credited))
        }
        const rate = meter.add(length)
        if (rate !== undefined) resolve(rate)
      }
    })
  }

  /** Sends everything back that comes, until `send` or `receive`. */
  echo(): void {
    this.#onData = (_, message) => this.#send(message)
  }

  /** Sends one message and resolves when it, or another in its place, is back. */
  ping(message: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#onData = () => resolve()
      this.#send(message)
    })
  }

  /** Takes one message from the other end. */
  received(message: Uint8Array): void {
    if (message.length === CREDIT_MESSAGE_BYTES) {
      this.#credited = decodeCredit(message)
      this.#onCredit()
    } else {
      this.#onData(message.length, message)
    }
  }
}

function encodeCredit(total: number): Uint8Array {
  const message = new Uint8Array(CREDIT_MESSAGE_BYTES)
  new DataView(message.buffer).setFloat64(0, total)
  return message
}

function decodeCredit(message: Uint8Array): number {
  return new DataView(message.buffer, message.byteOffset).getFloat64(0)
}
