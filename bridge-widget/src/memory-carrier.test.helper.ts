import { type Carrier, type CarrierListener, CloseCode } from '@footbridge/shared'

/** One end of a carrier in memory; the test plays the other, and decides when packets arrive and how much is buffered. */
export class MemoryCarrier implements Carrier {
  /** What the relay sent here. */
  readonly sent: Uint8Array[] = []
  bufferedAmount = 0
  closedWith: CloseCode | undefined
  #listener: CarrierListener | undefined

  start(listener: CarrierListener): void {
    this.#listener = listener
  }

  send(packet: Uint8Array): void {
    if (this.closedWith === undefined) this.sent.push(packet)
  }

  close(code: CloseCode): void {
    this.closedWith ??= code
  }

  /** The other end sent `packet`. */
  deliver(packet: Uint8Array): void {
    if (this.closedWith === undefined) this.#listener?.packet(packet)
  }

  /** The other end closed. */
  end(code: CloseCode = CloseCode.lost): void {
    if (this.closedWith !== undefined) return
    this.closedWith = code
    this.#listener?.close(code)
  }
}
