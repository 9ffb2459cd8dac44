import { type Carrier, type Clock, CloseCode, MAX_PATH_WINDOW_BYTES } from '@footbridge/shared'
import { type Lane, OPEN_LANE, type RateLimiter } from './rate-limit.ts'

/**
 * More than this waiting in one direction means that an end does not keep to the path's window. Honest ends stay
 * at half of it; a browser's buffer holds twice as much.
 */
export const RELAY_BUFFER_BYTES: number = 2 * MAX_PATH_WINDOW_BYTES
/** A relay that carries nothing for so long is closed; live sessions send keep-alives. */
export const RELAY_IDLE_MS = 90_000

const IDLE_CHECKS = 3

export interface RelayOptions {
  readonly clock: Clock
  readonly limiter?: RateLimiter | undefined
  /** Both carriers are closed, for this reason. Called once; not after the owner's own `close`. */
  onEnd(code: CloseCode): void
}

/**
 * Joins the carrier to a client and the carrier to an egress into one path. Messages are copied one to one, both
 * ways, and never looked into: what they hold is none of a bridge's business. The end of one carrier is the
 * end of the other, for the same reason.
 */
export class Relay {
  readonly #client: Carrier
  readonly #egress: Carrier
  readonly #options: RelayOptions
  readonly #upLane: Lane
  readonly #downLane: Lane
  #bytesUp = 0
  #bytesDown = 0
  #packets = 0
  #ended = false
  #cancelIdleCheck: () => void = () => {}

  constructor(client: Carrier, egress: Carrier, options: RelayOptions) {
    this.#client = client
    this.#egress = egress
    this.#options = options
    this.#upLane = options.limiter?.lane() ?? OPEN_LANE
    this.#downLane = options.limiter?.lane() ?? OPEN_LANE
    this.#watchIdle(0, 0)
    client.start({
      packet: (packet) => {
        this.#bytesUp += packet.length
        this.#forward(packet, egress, this.#upLane)
      },
      close: (code) => this.#passOn(code, this.#upLane),
    })
    egress.start({
      packet: (packet) => {
        this.#bytesDown += packet.length
        this.#forward(packet, client, this.#downLane)
      },
      close: (code) => this.#passOn(code, this.#downLane),
    })
  }

  /** Bytes from the client. */
  get bytesUp(): number {
    return this.#bytesUp
  }

  /** Bytes to the client. */
  get bytesDown(): number {
    return this.#bytesDown
  }

  /** Closes both carriers. Idempotent. */
  close(code: CloseCode): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelIdleCheck()
    this.#upLane.clear()
    this.#downLane.clear()
    this.#client.close(code)
    this.#egress.close(code)
  }

  #forward(packet: Uint8Array, to: Carrier, lane: Lane): void {
    this.#packets += 1
    if (to.bufferedAmount + lane.waitingBytes > RELAY_BUFFER_BYTES) this.#end(CloseCode.overflow)
    else lane.run(packet.length, () => to.send(packet))
  }

  /** One carrier is gone. What it said before still waits in its lane, so the end waits there too. */
  #passOn(code: CloseCode, lane: Lane): void {
    lane.run(0, () => this.#end(code === CloseCode.lost ? CloseCode.peerLost : code))
  }

  #end(code: CloseCode): void {
    if (this.#ended) return
    this.close(code)
    this.#options.onEnd(code)
  }

  /** Looks at a counter now and then, so that relaying a packet reads no clock. */
  #watchIdle(packetsBefore: number, quietChecks: number): void {
    this.#cancelIdleCheck = this.#options.clock.after(RELAY_IDLE_MS / IDLE_CHECKS, () => {
      const quiet = this.#packets === packetsBefore ? quietChecks + 1 : 0
      if (quiet === IDLE_CHECKS) this.#end(CloseCode.timeout)
      else this.#watchIdle(this.#packets, quiet)
    })
  }
}
