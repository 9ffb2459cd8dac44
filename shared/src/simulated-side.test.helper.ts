import { CloseCode } from './carrier.ts'
import { MAX_PATH_FAULTS } from './constants.ts'
import type { ErrorCode } from './errors.ts'
import { readFrames } from './frame.ts'
import { PACKET_OVERHEAD_BYTES } from './packet.ts'
import { type SessionEvents, SessionState } from './session-state.ts'
import type { SimulatedClock } from './simulated-clock.test.helper.ts'
import type { Arrival, Role, SimulatedLink, SimulatedPacket } from './simulated-link.test.helper.ts'

/** Room for frames in packet 0 of a path, either way. */
const FIRST_PACKET_BYTES = 2_048

export interface SideListener extends Omit<SessionEvents, 'wake' | 'pathDown'> {
  /** Packets can go out on a path. */
  pathReady(pathId: number): void
  /** The session core has given a path up, for `code`. */
  pathDown(pathId: number, code: CloseCode): void
  /** The carrier of a path is closed on this side, by whomever. */
  pathEnded(pathId: number, code: CloseCode): void
  /** After `closed`: what there was to say was said, with `said` as the code of CLOSE, if it was this side that ended the session. */
  finished(code: ErrorCode | undefined, said: number | undefined): void
}

interface Attached {
  readonly link: SimulatedLink
  /** Number of the only packet that is taken next. */
  next: number
  faults: number
}

/**
 * One end of a session: its core and what `Session` does around it, with packets' numbers in place of seals. Like there,
 * output goes out only after `wake`, and the timer is only ever moved forward.
 */
export class SimulatedSide {
  readonly role: Role
  readonly state: SessionState
  readonly clock: SimulatedClock
  /** It does nothing until then, in true time. */
  asleepUntil = 0
  /** How late its timers fire. */
  timerLateMs = 0
  /** Whether an overdue timer fires before packets that wait. */
  timerFirst = false
  /** Whether the egress acts on the frames of HELLO. */
  takesEarly = true
  /** Packets that it has taken. */
  packets = 0
  readonly #trueNow: () => number
  readonly #listener: SideListener
  readonly #links: Map<number, Attached> = new Map()
  /** Paths that began here; an id opens only one. */
  readonly #begun: Set<number> = new Set()
  #awake = false
  #timerAt = Number.POSITIVE_INFINITY
  #closedWith: { readonly code: ErrorCode | undefined; said?: number | undefined } | undefined

  constructor(role: Role, clock: SimulatedClock, trueNow: () => number, listener: SideListener) {
    this.role = role
    this.clock = clock
    this.#trueNow = trueNow
    this.#listener = listener
    this.state = new SessionState(role, {
      ...listener,
      wake: () => {
        this.#awake = true
      },
      pathDown: (pathId, code) => {
        listener.pathDown(pathId, code)
        this.#closeLink(pathId, code)
      },
      closed: (code: ErrorCode | undefined) => {
        this.#closedWith = { code }
        this.#awake = true
        listener.closed(code)
      },
    })
  }

  get now(): number {
    return this.clock.read(this.#trueNow())
  }

  /** Paths whose carrier is open here. */
  get pathIds(): number[] {
    return [...this.#links.keys()]
  }

  /** When it has something to do by itself, in true time. */
  get nextAt(): number {
    if (this.#awake) return this.asleepUntil
    return Math.max(this.clock.when(this.#timerAt) + this.timerLateMs, this.asleepUntil)
  }

  // ---- how paths begin, as in `ClientSession` and in the egress's table of sessions

  /** A path on which both sides have said all that there is to say first. */
  attach(link: SimulatedLink): void {
    this.#link(link)
    this.state.addPath(link.pathId, this.now, true)
  }

  /** Client: begins the session on path 0. */
  hello(link: SimulatedLink): void {
    this.#link(link)
    this.state.addPath(link.pathId, this.now, false)
    this.#sendFirst(link.pathId, true)
  }

  /** Client: begins a later path. */
  join(link: SimulatedLink): void {
    this.#link(link)
    this.state.addPath(link.pathId, this.now, false)
    this.#sendFirst(link.pathId, false)
    this.#ready(link.pathId)
  }

  /** Egress: HELLO or JOIN came. */
  #accept(link: SimulatedLink, packet: SimulatedPacket): void {
    if (!packet.authentic || packet.number !== 0 || this.#begun.has(link.pathId)) {
      link.close(this.role, CloseCode.faulty, this.#trueNow())
      return
    }
    if (this.state.closed) {
      link.close(this.role, CloseCode.unknownSession, this.#trueNow())
      return
    }
    this.#link(link).next = 1
    this.state.addPath(link.pathId, this.now, false)
    const ignored = link.pathId === 0 && !this.takesEarly
    this.#take(link.pathId, ignored ? new Uint8Array(0) : packet.payload)
    this.#sendFirst(link.pathId, false)
    this.#ready(link.pathId)
  }

  // ---- what happens to it

  /** Takes the next thing that came on a link. */
  hear(link: SimulatedLink, arrival: Arrival): void {
    if ('end' in arrival) this.#ended(link.pathId, arrival.end)
    else this.#receive(link, arrival.packet)
  }

  /** Does what it has to do by itself: what its core has asked for, and its timer. */
  run(): void {
    const trueNow = this.#trueNow()
    if (this.asleepUntil > trueNow) return
    if (this.clock.when(this.#timerAt) + this.timerLateMs <= trueNow) this.#tick()
    this.#flush()
  }

  /** Gives up one of its paths. */
  leave(pathId: number, code: CloseCode): void {
    this.state.losePath(pathId, this.now)
    this.#closeLink(pathId, code)
  }

  send(pathId: number, payload: Uint8Array): void {
    if (this.#closedWith !== undefined) this.#closedWith.said ??= closeCodeIn(payload)
    const link = this.#links.get(pathId)?.link
    // The core keeps the buffer for the next packet.
    link?.lanes[this.role === 'client' ? 'egress' : 'client'].send(payload.slice(), this.#trueNow())
  }

  #receive(link: SimulatedLink, packet: SimulatedPacket): void {
    const attached = this.#links.get(link.pathId)
    if (attached === undefined) {
      if (this.role === 'egress') this.#accept(link, packet)
      return
    }
    if (packet.authentic && packet.number === attached.next) {
      attached.next += 1
      const path = this.state.paths.get(link.pathId)
      if (path?.ready === false) this.#welcomed(link.pathId)
      this.#take(link.pathId, packet.payload)
      return
    }
    attached.faults += 1
    if (attached.faults < MAX_PATH_FAULTS) return
    this.leave(link.pathId, CloseCode.faulty)
  }

  #welcomed(pathId: number): void {
    this.#ready(pathId)
    if (!this.takesEarly) this.state.requeueEarly(pathId)
  }

  #take(pathId: number, payload: Uint8Array): void {
    this.packets += 1
    this.state.receive(pathId, payload, payload.length + PACKET_OVERHEAD_BYTES, this.now)
  }

  #ended(pathId: number, code: CloseCode): void {
    if (!this.#links.delete(pathId)) return
    this.state.losePath(pathId, this.now)
    this.#listener.pathEnded(pathId, code)
  }

  #tick(): void {
    // Floating point must not make the clock show less than what the timer waited for.
    const now = this.clock.read(this.#trueNow(), this.#timerAt)
    this.#timerAt = Number.POSITIVE_INFINITY
    this.state.tick(now)
    this.#awake = true
    this.#flush()
    if (this.state.deadline <= now) throw new Error(`the ${this.role} left a deadline in the past`)
  }

  #flush(): void {
    while (this.#awake) {
      this.#awake = false
      const { now } = this
      for (let packet = this.state.poll(now); packet !== undefined; packet = this.state.poll(now)) {
        this.send(packet.pathId, packet.payload)
      }
      if (this.#closedWith !== undefined) this.#finish(this.#closedWith)
      else this.#timerAt = Math.min(this.#timerAt, this.state.deadline)
    }
  }

  #finish({
    code,
    said,
  }: {
    readonly code: ErrorCode | undefined
    readonly said?: number | undefined
  }): void {
    this.#closedWith = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    for (const pathId of this.pathIds) this.#closeLink(pathId, CloseCode.done)
    this.#listener.finished(code, said)
  }

  #link(link: SimulatedLink): Attached {
    const attached = { link, next: 0, faults: 0 }
    this.#links.set(link.pathId, attached)
    this.#begun.add(link.pathId)
    return attached
  }

  #sendFirst(pathId: number, openOnly: boolean): void {
    this.send(pathId, this.state.pollFirst(pathId, this.now, { capacity: FIRST_PACKET_BYTES, openOnly }))
  }

  #ready(pathId: number): void {
    this.state.pathReady(pathId)
    this.#listener.pathReady(pathId)
  }

  #closeLink(pathId: number, code: CloseCode): void {
    const attached = this.#links.get(pathId)
    if (attached === undefined) return
    this.#links.delete(pathId)
    attached.link.close(this.role, code, this.#trueNow())
    this.#listener.pathEnded(pathId, code)
  }
}

function closeCodeIn(payload: Uint8Array): number | undefined {
  for (const frame of readFrames(payload)) if (frame.type === 'close') return frame.code
  return undefined
}
