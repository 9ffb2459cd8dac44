import { CloseCode } from './carrier.ts'
import { Content } from './content.test.helper.ts'
import type { ErrorCode } from './errors.ts'
import type { SessionState } from './session-state.ts'
import type { SessionStream } from './session-stream.ts'
import { SimulatedClock } from './simulated-clock.test.helper.ts'
import { type LinkOptions, ROLES, type Role, SimulatedLink } from './simulated-link.test.helper.ts'
import { SimulatedSide } from './simulated-side.test.helper.ts'
import type { StreamState } from './stream-state.ts'
import type { Target } from './target.ts'

/** Far above what honest traffic needs; a loop that time does not end would pass it at once. */
const MAX_STEPS_PER_SECOND = 50_000

const TRUE_TIME = { offsetMs: 0, rate: 1 }

interface Alarm {
  readonly at: number
  readonly fire: () => void
}

export interface SimulationOptions {
  readonly clocks?: Readonly<Record<Role, ConstructorParameters<typeof SimulatedClock>[0]>>
  /** Egress: a stream came. */
  stream?(stream: StreamState): void
  pathReady?(role: Role, pathId: number): void
  /** A carrier is closed at one side. */
  pathEnded?(role: Role, pathId: number, code: CloseCode): void
  /** The session is over at one side, which `said` CLOSE with this code, or was told. */
  finished?(role: Role, code: ErrorCode | undefined, said: number | undefined): void
}

/** A client and an egress, links between them that live, slow down, fall silent and die, and the one true time. */
export class Simulation {
  now = 0
  readonly sides: Readonly<Record<Role, SimulatedSide>>
  /** Streams that came to the egress. */
  readonly accepted: StreamState[] = []
  /** What the two session cores said. */
  readonly events: string[] = []
  readonly #links: Map<number, SimulatedLink> = new Map()
  readonly #alarms: Alarm[] = []
  #nextPathId = 0
  #stopped = false
  #steps = 0
  #second = 0

  constructor(options: SimulationOptions = {}) {
    const side = (role: Role): SimulatedSide =>
      new SimulatedSide(role, new SimulatedClock(options.clocks?.[role] ?? TRUE_TIME), () => this.now, {
        stream: (stream) => {
          this.accepted.push(stream)
          options.stream?.(stream)
        },
        pathSuspect: () => {},
        pathStalled: () => {},
        pathReady: (pathId) => options.pathReady?.(role, pathId),
        pathDown: (pathId) => this.events.push(`${role}: path ${pathId} down at ${Math.round(this.now)}`),
        pathEnded: (pathId, code) => options.pathEnded?.(role, pathId, code),
        goingAway: () => this.events.push(`${role}: going away`),
        closed: (code) => this.events.push(`${role}: closed ${code ?? 'clean'}`),
        finished: (code, said) => options.finished?.(role, code, said),
      })
    this.sides = { client: side('client'), egress: side('egress') }
  }

  get client(): SessionState {
    return this.sides.client.state
  }

  get egress(): SessionState {
    return this.sides.egress.state
  }

  /** Links that are open at both ends. */
  get linkIds(): number[] {
    const there = new Set(this.sides.egress.pathIds)
    return this.sides.client.pathIds.filter((pathId) => there.has(pathId))
  }

  link(pathId: number): SimulatedLink | undefined {
    return this.#links.get(pathId)
  }

  /** A link for a path that has yet to begin. */
  newLink(options: LinkOptions): SimulatedLink {
    const link = new SimulatedLink(this.#nextPathId, options)
    this.#nextPathId += 1
    this.#links.set(link.pathId, link)
    return link
  }

  /** A link whose path has begun at both ends. */
  addLink(options: LinkOptions): number {
    const link = this.newLink(options)
    for (const role of ROLES) this.sides[role].attach(link)
    return link.pathId
  }

  /** Both ends see the carrier close; what was on its way is gone. */
  killLink(pathId: number): void {
    this.#links.get(pathId)?.break(CloseCode.lost, { client: this.now, egress: this.now })
  }

  /** Nothing moves on it any more and nobody is told. */
  freezeLink(pathId: number): void {
    const link = this.#links.get(pathId)
    for (const role of ROLES) link?.lanes[role].silence()
  }

  /** Calls `fire` once, `ms` from now. */
  after(ms: number, fire: () => void): void {
    const alarm = { at: this.now + ms, fire }
    const index = this.#alarms.findIndex(({ at }) => at > alarm.at)
    this.#alarms.splice(index < 0 ? this.#alarms.length : index, 0, alarm)
  }

  /** Calls `fire` once, `ms` from now or when the side `role` is awake again. */
  whenAwake(role: Role, ms: number, fire: () => void): void {
    this.after(ms, () => {
      const sleepMs = this.sides[role].asleepUntil - this.now
      if (sleepMs <= 0) fire()
      else this.whenAwake(role, sleepMs, fire)
    })
  }

  isAwake(role: Role): boolean {
    return this.sides[role].asleepUntil <= this.now
  }

  /** Ends `run` after this step. */
  stop(): void {
    this.#stopped = true
  }

  /** Runs until `untilMs`, or until `stop`. */
  run(untilMs: number, step?: () => void): void {
    while (this.now < untilMs) {
      this.#runSides()
      step?.()
      this.#runSides()
      if (this.#stopped) return
      this.now = Math.min(Math.max(this.#nextAt(), this.now), untilMs)
      this.#countStep()
      for (const role of ROLES) if (this.sides[role].timerFirst) this.sides[role].run()
      this.#deliver()
      for (let [alarm] = this.#alarms; alarm !== undefined && alarm.at <= this.now; [alarm] = this.#alarms) {
        this.#alarms.shift()
        alarm.fire()
      }
    }
  }

  #runSides(): void {
    for (const role of ROLES) this.sides[role].run()
  }

  #deliver(): void {
    for (const [pathId, link] of this.#links) {
      if (link.isOver) this.#links.delete(pathId)
      for (const role of ROLES) {
        const side = this.sides[role]
        if (side.asleepUntil > this.now) continue
        const lane = link.lanes[role]
        while (lane.nextAt <= this.now) {
          const arrival = lane.take()
          if (arrival === undefined) break
          side.hear(link, arrival)
          side.run()
        }
      }
    }
  }

  #nextAt(): number {
    let next = this.#alarms[0]?.at ?? Number.POSITIVE_INFINITY
    for (const role of ROLES) {
      const side = this.sides[role]
      next = Math.min(next, side.nextAt)
      for (const link of this.#links.values()) {
        next = Math.min(next, Math.max(link.lanes[role].nextAt, side.asleepUntil))
      }
    }
    return next
  }

  #countStep(): void {
    const second = Math.floor(this.now / 1_000)
    if (second !== this.#second) this.#steps = 0
    this.#second = second
    this.#steps += 1
    if (this.#steps > MAX_STEPS_PER_SECOND) throw new Error('time stands still')
  }
}
/** Sends known bytes over a stream and checks those that come in. */
export class Transfer {
  readonly #stream: SessionStream
  readonly #content: Content
  #sent = 0
  #received = 0
  finished = false

  constructor(stream: SessionStream, bytes: number, seed: number) {
    this.#stream = stream
    this.#content = new Content(seed, bytes)
  }

  get bytes(): number {
    return this.#content.bytes
  }

  /** Writes as much as the stream likes, in pieces of `random` size, then ends it. */
  pump(random: () => number): void {
    while (this.#sent < this.bytes && this.#stream.writableBytes > 0) {
      const piece = this.#content.piece(this.#sent, 1 + Math.floor(random() ** 3 * 100_000))
      this.#stream.write(piece)
      this.#sent += piece.length
    }
    if (this.#sent === this.bytes) this.#stream.end()
  }

  /** Reads what is there; throws at the first wrong byte. */
  drain(): void {
    for (let bytes = this.#stream.read(); bytes !== undefined; bytes = this.#stream.read()) {
      if (bytes === null) {
        if (this.#received !== this.bytes)
          throw new Error(`ended after ${this.#received} of ${this.bytes} bytes`)
        this.finished = true
        return
      }
      this.#content.check(this.#received, bytes)
      this.#received += bytes.length
    }
  }
}

export const TARGET: Target = { host: 'example.org', port: 443 }
