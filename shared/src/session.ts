import { type Carrier, CloseCode } from './carrier.ts'
import type { Clock } from './clock.ts'
import { MAX_PATH_FAULTS } from './constants.ts'
import type { ErrorCode } from './errors.ts'
import { PacketOpener, PacketSealer, type SessionKeys } from './packet.ts'
import type { Primitives } from './primitives.ts'
import { type Outgoing, type SessionCloseCode, SessionState } from './session-state.ts'
import type { SessionStream } from './session-stream.ts'

export interface SessionHandlers {
  /** Egress: a client asks for a target. */
  stream?(stream: SessionStream): void
  /** The other side will shut down and wants no more streams. */
  goingAway?(): void
  /** The session is over and its carriers are closed; `undefined` after a clean close. */
  closed?(code: ErrorCode | undefined): void
}

export interface SessionOptions {
  readonly role: 'client' | 'egress'
  readonly primitives: Primitives
  readonly clock: Clock
  readonly handlers: SessionHandlers
}

/** Traffic of one path, in packets' bytes. */
export interface PathTraffic {
  sent: number
  received: number
}

/** What the owner of a path wants to hear. */
export interface PathListener {
  /** An authentic packet came on it. */
  working?(): void
  /** It has fallen silent, or is well again. */
  suspect?(suspect: boolean): void
  /** Client: it loses packets; see `SessionEvents.pathStalled`. */
  stalled?(): void
  /** It is over, for whatever reason. Called once, last. */
  end(code: CloseCode): void
}

interface Link {
  readonly carrier: Carrier
  readonly sealer: PacketSealer
  readonly opener: PacketOpener
  readonly listener: PathListener
  readonly traffic: PathTraffic
  faults: number
}

/**
 * Drives a {@link SessionState}: carriers, keys and timers on one side, frames and `now` on the other. Output is
 * gathered and sent once per turn of the event loop, so that a burst of input makes few packets.
 */
export class Session {
  readonly state: SessionState
  readonly #role: 'client' | 'egress'
  readonly #primitives: Primitives
  readonly #clock: Clock
  readonly #handlers: SessionHandlers
  readonly #links: Map<number, Link> = new Map()
  /** Paths that have no link yet. */
  readonly #unlinked: Map<number, PathListener> = new Map()
  #flushScheduled = false
  #cancelTimer: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #closedWith: { code: ErrorCode | undefined } | undefined

  constructor({ role, primitives, clock, handlers }: SessionOptions) {
    this.#role = role
    this.#primitives = primitives
    this.#clock = clock
    this.#handlers = handlers
    this.state = new SessionState(role, {
      wake: () => this.#scheduleFlush(),
      stream: (stream) => handlers.stream?.(stream),
      pathSuspect: (pathId, suspect) => this.#links.get(pathId)?.listener.suspect?.(suspect),
      pathStalled: (pathId) => this.#links.get(pathId)?.listener.stalled?.(),
      pathDown: (pathId, code) => this.#closeLink(pathId, code),
      goingAway: () => handlers.goingAway?.(),
      closed: (code) => {
        this.#closedWith = { code }
        this.#scheduleFlush()
      },
    })
  }

  /** Bytes that went over a path; `undefined` for one that is not attached. */
  traffic(pathId: number): Readonly<PathTraffic> | undefined {
    return this.#links.get(pathId)?.traffic
  }

  /** Memory that it holds for streams and paths: the state's, and packets that carriers have yet to hand to the network. */
  get heldBytes(): number {
    let bytes = this.state.heldBytes
    for (const { carrier } of this.#links.values()) bytes += carrier.bufferedAmount
    return bytes
  }

  /** A path without keys yet: HELLO is under way. The session may give it up, for instance because nothing comes back. */
  expectLink(pathId: number, listener: PathListener): void {
    this.#unlinked.set(pathId, listener)
  }

  /** Makes the sealer and the opener of one path. */
  pathCrypto(
    keys: SessionKeys,
    pathId: number,
    firstNumber: 0 | 1,
  ): { sealer: PacketSealer; opener: PacketOpener } {
    const client = this.#role === 'client'
    const sealKey = client ? keys.clientToEgress : keys.egressToClient
    const openKey = client ? keys.egressToClient : keys.clientToEgress
    return {
      sealer: new PacketSealer(this.#primitives, sealKey, pathId, firstNumber),
      opener: new PacketOpener(this.#primitives, openKey, pathId, firstNumber),
    }
  }

  /**
   * Connects a path of the state with its carrier and keys. The caller has started the carrier and passes its
   * packets to `receive` and its end to `ended`.
   */
  link(
    pathId: number,
    carrier: Carrier,
    crypto: { sealer: PacketSealer; opener: PacketOpener },
    listener: PathListener,
  ): void {
    this.#unlinked.delete(pathId)
    this.#links.set(pathId, { carrier, ...crypto, listener, traffic: { sent: 0, received: 0 }, faults: 0 })
    this.state.pathReady(pathId)
  }

  /** One packet came on a path. One that is not the authentic next one is dropped; several close the path. */
  receive(pathId: number, packet: Uint8Array): void {
    const link = this.#links.get(pathId)
    if (link === undefined) return
    link.traffic.received += packet.length
    const payload = link.opener.open(packet)
    if (payload !== undefined) {
      link.listener.working?.()
      this.state.receive(pathId, payload, packet.length, this.#clock.now())
      return
    }
    link.faults += 1
    if (link.faults < MAX_PATH_FAULTS) return
    this.state.losePath(pathId, this.#clock.now())
    this.#closeLink(pathId, CloseCode.faulty)
  }

  /** The carrier of a path has ended. */
  ended(pathId: number, code: CloseCode): void {
    const link = this.#links.get(pathId)
    if (link === undefined) return
    this.#links.delete(pathId)
    this.state.losePath(pathId, this.#clock.now())
    link.listener.end(code)
  }

  /** Ends the session: tells the other side, then closes every carrier. Idempotent. */
  close(code: SessionCloseCode): void {
    this.state.close(code)
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    this.#flushScheduled = false
    const now = this.#clock.now()
    for (let packet = this.state.poll(now); packet !== undefined; packet = this.state.poll(now)) {
      this.#send(packet, now)
    }
    if (this.#closedWith !== undefined) this.#finish(this.#closedWith.code)
    else this.#armTimer(now)
  }

  #send({ pathId, payload }: Outgoing, now: number): void {
    const link = this.#links.get(pathId)
    if (link === undefined) return
    if (link.sealer.spent) {
      this.state.losePath(pathId, now)
      this.#closeLink(pathId, CloseCode.done)
      return
    }
    const sealed = link.sealer.seal(payload)
    link.traffic.sent += sealed.length
    link.carrier.send(sealed)
  }

  /** A timer that is early does no harm, so it is only moved forward: most deadlines move back before they pass. */
  #armTimer(now: number): void {
    const deadline = this.state.deadline
    if (deadline >= this.#timerAt || deadline === Number.POSITIVE_INFINITY) return
    this.#cancelTimer?.()
    this.#timerAt = deadline
    this.#cancelTimer = this.#clock.after(Math.max(0, deadline - now), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.state.tick(this.#clock.now())
      this.#scheduleFlush()
    })
  }

  #closeLink(pathId: number, code: CloseCode): void {
    const expecting = this.#unlinked.get(pathId)
    this.#unlinked.delete(pathId)
    expecting?.end(code)
    const link = this.#links.get(pathId)
    if (link === undefined) return
    this.#links.delete(pathId)
    link.carrier.close(code)
    link.listener.end(code)
  }

  #finish(code: ErrorCode | undefined): void {
    this.#closedWith = undefined
    this.#cancelTimer?.()
    for (const pathId of [...this.#links.keys(), ...this.#unlinked.keys()])
      this.#closeLink(pathId, CloseCode.done)
    this.#handlers.closed?.(code)
  }
}
