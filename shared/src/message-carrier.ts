import { CARRIER_LOW_WATER_BYTES, type Carrier, type CarrierListener, CloseCode } from './carrier.ts'
import { MAX_PACKET_BYTES, MAX_PATH_WINDOW_BYTES } from './constants.ts'

/** What a {@link MessageCarrier} needs from the pipe under it. */
export interface MessagePipe {
  /** May throw; the carrier is then lost. */
  send(packet: Uint8Array): void
  readonly bufferedAmount: number
  /** Tells the other end `code`, as far as the pipe can, and closes. Called at most once. */
  close(code: CloseCode): void
}

// Neither WebSocket nor simple-peer tells when it has drained, so we look; only while somebody wants to know.
const DRAIN_POLL_MS = 10

/**
 * What every carrier adapter has in common: packets kept until there is a listener, limits, the last word about
 * the end, and drain. The adapter reports what the pipe does with `received` and `ended`.
 */
export class MessageCarrier implements Carrier {
  readonly #pipe: MessagePipe
  #listener: CarrierListener | undefined
  #early: Uint8Array[] = []
  #earlyBytes = 0
  #closed = false
  #endedWith: CloseCode | undefined
  #drainTimer: ReturnType<typeof setTimeout> | undefined

  constructor(pipe: MessagePipe) {
    this.#pipe = pipe
  }

  get bufferedAmount(): number {
    return this.#closed ? 0 : this.#pipe.bufferedAmount
  }

  start(listener: CarrierListener): void {
    // Later, because no listener is called inside `start`; what arrives meanwhile queues behind.
    queueMicrotask(() => {
      if (this.#closed && this.#endedWith === undefined) return
      this.#listener = listener
      const early = this.#early
      this.#early = []
      for (const packet of early) this.#listener?.packet(packet)
      if (this.#endedWith !== undefined) this.#tellEnd(this.#endedWith)
    })
  }

  send(packet: Uint8Array): void {
    if (this.#closed) return
    try {
      this.#pipe.send(packet)
    } catch {
      queueMicrotask(() => this.fail(CloseCode.lost))
      return
    }
    this.#watchDrain()
  }

  close(code: CloseCode): void {
    if (this.#closed) return
    this.#shut()
    this.#listener = undefined
    this.#early = []
    this.#pipe.close(code)
  }

  /** A whole message arrived. `undefined` stands for one that is no packet, such as unexpected text. */
  received(packet: Uint8Array | undefined): void {
    if (this.#closed) return
    if (packet === undefined || packet.length > MAX_PACKET_BYTES) {
      this.fail(CloseCode.faulty)
    } else if (this.#listener !== undefined) {
      this.#listener.packet(packet)
    } else {
      this.#keep(packet)
    }
  }

  /** The pipe is gone; `code` is what the other end said, or `lost`. */
  ended(code: CloseCode): void {
    if (this.#closed) return
    this.#shut()
    this.#tellEnd(code)
  }

  /** Gives the pipe up on our own account: the other end is told `code`, and so is the listener. */
  fail(code: CloseCode): void {
    if (this.#closed) return
    this.#shut()
    this.#pipe.close(code)
    this.#tellEnd(code)
  }

  #keep(packet: Uint8Array): void {
    this.#earlyBytes += packet.length
    if (this.#earlyBytes > MAX_PATH_WINDOW_BYTES) this.fail(CloseCode.overflow)
    else this.#early.push(packet)
  }

  #shut(): void {
    this.#closed = true
    clearTimeout(this.#drainTimer)
  }

  #tellEnd(code: CloseCode): void {
    const listener = this.#listener
    this.#listener = undefined
    if (listener === undefined) this.#endedWith = code
    else listener.close(code)
  }

  #watchDrain(): void {
    if (this.#drainTimer !== undefined || this.#listener?.drain === undefined) return
    if (this.#pipe.bufferedAmount <= CARRIER_LOW_WATER_BYTES) return
    this.#drainTimer = setTimeout(() => {
      this.#drainTimer = undefined
      if (this.#closed) return
      if (this.#pipe.bufferedAmount > CARRIER_LOW_WATER_BYTES) this.#watchDrain()
      else this.#listener?.drain?.()
    }, DRAIN_POLL_MS)
  }
}

/**
 * The bytes of a binary message, never copied; `undefined` for anything else. A Node `Buffer` becomes a plain
 * `Uint8Array`, whose `slice` copies.
 */
export function bytesOfMessage(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return undefined
}
