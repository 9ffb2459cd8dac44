import type { CloseCode } from './carrier.ts'

export type Role = 'client' | 'egress'

export const ROLES: readonly [Role, Role] = ['client', 'egress']

export function otherRole(role: Role): Role {
  return role === 'client' ? 'egress' : 'client'
}

/** What a hostile or broken bridge does to packets. */
export type Tampering = 'corrupt' | 'drop' | 'repeat' | 'reorder'

/** One message of a carrier, under the number that its sender gave it. */
export interface SimulatedPacket {
  readonly number: number
  readonly payload: Uint8Array
  readonly authentic: boolean
}

/** What one end of a link hears next: a packet, or that its carrier has ended. */
export type Arrival = { readonly arrivesAt: number } & (
  | { readonly packet: SimulatedPacket }
  | { readonly end: CloseCode }
)

export interface LinkOptions {
  readonly delayMs: number
  readonly bytesPerMs: number
  /** How long after one end closed the other one hears of it; infinite with a bridge that never says. */
  readonly endDelayMs?: number
}

/** One direction of a link: delivers in order, at its rate, after its delay. */
export class SimulatedLane {
  delayMs: number
  bytesPerMs: number
  /** Until then everything waits, as behind a lost packet of SCTP. */
  stalledUntil = 0
  /** Bytes on their way: what carriers and bridge hold. */
  bytes = 0
  #silent = false
  #tampering: { readonly kind: Tampering; readonly every: number } | undefined
  #held: SimulatedPacket | undefined
  #arrivals: Arrival[] = []
  #freeAt = 0
  #nextNumber = 0
  #ended = false

  constructor({ delayMs, bytesPerMs }: LinkOptions) {
    this.delayMs = delayMs
    this.bytesPerMs = bytesPerMs
  }

  /** When the next thing arrives; infinite with nothing on its way. */
  get nextAt(): number {
    const first = this.#arrivals[0]
    return first === undefined ? Number.POSITIVE_INFINITY : Math.max(first.arrivesAt, this.stalledUntil)
  }

  /** Nothing will ever arrive again. */
  get isOver(): boolean {
    return this.#ended && this.#arrivals.length === 0
  }

  take(): Arrival | undefined {
    const arrival = this.#arrivals.shift()
    if (arrival !== undefined && 'packet' in arrival) this.bytes -= arrival.packet.payload.length
    return arrival
  }

  send(payload: Uint8Array, now: number): void {
    const packet = { number: this.#nextNumber, payload, authentic: true }
    this.#nextNumber += 1
    if (this.#ended || this.#silent) return
    const { kind, every } = this.#tampering ?? { kind: undefined, every: 1 }
    switch (packet.number % every === 0 ? kind : undefined) {
      case 'corrupt':
        this.#pass({ ...packet, authentic: false }, now)
        break
      case 'drop':
        break
      case 'repeat':
        this.#pass(packet, now)
        this.#pass(packet, now)
        break
      case 'reorder':
        if (this.#held === undefined) {
          this.#held = packet
          return
        }
        this.#pass(packet, now)
        break
      default:
        this.#pass(packet, now)
    }
    if (this.#held === undefined) return
    this.#pass(this.#held, now)
    this.#held = undefined
  }

  /** From now on, each packet whose number `every` divides is tampered with. */
  tamper(kind: Tampering, every: number): void {
    this.#tampering = { kind, every }
  }

  /** The end of the carrier is heard at `at`, behind what is on its way. */
  end(code: CloseCode, at: number): void {
    if (this.#ended) return
    this.#ended = true
    if (at === Number.POSITIVE_INFINITY) return
    const arrivesAt = Math.max(at, this.#arrivals.at(-1)?.arrivesAt ?? 0)
    this.#arrivals.push({ arrivesAt, end: code })
  }

  /** No packet arrives any more, not even those on their way. */
  silence(): void {
    this.#silent = true
    this.#arrivals = []
    this.bytes = 0
  }

  /** Nobody listens any more. */
  cut(): void {
    this.#ended = true
    this.silence()
  }

  #pass(packet: SimulatedPacket, now: number): void {
    this.#freeAt = Math.max(now, this.#freeAt) + packet.payload.length / this.bytesPerMs
    // A delay that shrinks must not let packets overtake each other.
    const arrivesAt = Math.max(this.#freeAt + this.delayMs, this.#arrivals.at(-1)?.arrivesAt ?? 0)
    this.#arrivals.push({ arrivesAt, packet })
    this.bytes += packet.payload.length
  }
}

/** Two carriers joined by a bridge, as seen from their two ends. */
export class SimulatedLink {
  readonly pathId: number
  /** By where they lead. */
  readonly lanes: Readonly<Record<Role, SimulatedLane>>
  readonly #endDelayMs: number

  constructor(pathId: number, options: LinkOptions) {
    this.pathId = pathId
    this.lanes = { client: new SimulatedLane(options), egress: new SimulatedLane(options) }
    this.#endDelayMs = options.endDelayMs ?? 0
  }

  /** Nothing will ever arrive at either end. */
  get isOver(): boolean {
    return this.lanes.client.isOver && this.lanes.egress.isOver
  }

  /** The end at `from` closes its carrier; the other end hears of it if the bridge passes that on. */
  close(from: Role, code: CloseCode, now: number): void {
    this.lanes[from].cut()
    this.lanes[otherRole(from)].end(code, now + this.#endDelayMs)
  }

  /** The bridge is gone, with all that it held. Each end hears of it when told, which may be never. */
  break(code: CloseCode, heardAt: Readonly<Record<Role, number>>): void {
    for (const role of ROLES) {
      this.lanes[role].silence()
      this.lanes[role].end(code, heardAt[role])
    }
  }
}
