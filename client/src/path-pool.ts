import {
  type AttachedPath,
  Backoff,
  type Clock,
  CloseCode,
  type FootbridgeError,
  isFootbridgeError,
  type PathListener,
} from '@footbridge/shared'
import { type Association, AttachedBridge, type BridgeStatus } from './attached-bridge.ts'
import { StandIn } from './stand-in.ts'
import type { Meeting, MeetingRequest, Met, Refusal } from './way-in.ts'

/** Rendezvous under way at once. */
const MAX_MEETINGS = 2
/** While no bridge works yet, a second one is sought so much after the first: by then that one should be under way. */
const STAGGER_MS = 250
/** Once the first one works, what waited for it goes before the search for others, which keeps a small machine busy. */
const HEAD_START_MS = 50
/** From the offer to an open data channel, failing over included. */
const MEETING_TIMEOUT_MS = 20_000
/** Longest wait between attempts while there is at least one path … */
const MOST_WAIT_MS = 30_000
/** … and while there is none and a person waits. */
const MOST_WAIT_WITHOUT_PATH_MS = 3_000
/** … and while standing bridges serve and no way leads to volunteers, whose browsers make only so many connections. */
const MOST_WAIT_WITHOUT_WAY_MS = 300_000
const FIRST_WAIT_MS = 500
/** Bridges attached at most, silent ones included. */
const MAX_ATTACHED = 12
/** Bridges that broke the protocol, not to be met again; the oldest is forgotten first. */
const MAX_BAD_BRIDGES = 16
/** How often the pool asks itself whether a slow bridge could be replaced by a better one. */
const EXPLORE_MS = 120_000
/** A bridge is slow if its round trip is so much longer than the best one's: twice, and a bit more. */
const SLOW_ROUND_TRIPS = 2
const SLOW_MARGIN_MS = 50
/** Bridges more than wanted are compared for so long, then the worst is let go. */
const SETTLE_MS = 5_000

/** Why a meeting did not come about, for people and for the error of `connect`. */
export type Trouble = Refusal['reason'] | FootbridgeError['code']

/** What another kind of bridge would not mend. */
const BEYOND_BRIDGES: ReadonlySet<Trouble> = new Set<Trouble>(['version', 'old-network', 'limit', 'aborted'])

export interface PathPoolOptions {
  /** Bridges to keep attached. */
  readonly size: number
  /** Paths over each of them at most. */
  readonly associations: number
  readonly clock: Clock
  readonly random: () => number
  /** Origins of standing bridges, to be met where WebRTC does not get through. Default: none. */
  standing?(): readonly string[]
  meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting>
  /** The egress that the next path must lead to, if a session runs. */
  egress(): string | undefined
  /** Takes a new path over, and tells its listener what becomes of it. What it throws counts as a failed meeting. */
  attach(meeting: Met, listener: PathListener): AttachedPath
  /** A path came or went. */
  onChange(): void
  /** A meeting did not come about. */
  onTrouble(trouble: Trouble): void
}

/**
 * Keeps a number of bridges attached: meets new ones as old ones go, a few at a time, ever slower while it fails. Opens
 * more paths over a bridge while its paths lose packets.
 */
export class PathPool {
  readonly #options: PathPoolOptions
  readonly #bridges: Map<string, AttachedBridge> = new Map()
  readonly #bad: Set<string> = new Set()
  /** Those of them of which signaling has not heard yet. */
  readonly #unreported: Set<string> = new Set()
  readonly #stopping = new AbortController()
  readonly #backoff: Backoff
  readonly #urgentBackoff: Backoff
  readonly #patientBackoff: Backoff
  readonly #standIn: StandIn
  /** Rendezvous under way, and how many of them are for bridges that are not attached yet. */
  #meetings = 0
  #firstMeetings = 0
  /** So often a standing bridge was met: it numbers them. */
  #standingMet = 0
  /** Wanted for a while beyond `size`, to see whether it is better than the worst. */
  #spares = 0
  #cancelWait: (() => void) | undefined
  #staggerUntil = 0
  #cancelStagger: (() => void) | undefined
  #cancelExplore: () => void = () => {}
  #cancelSettle: (() => void) | undefined
  #cancelRelax: (() => void) | undefined

  constructor(options: PathPoolOptions) {
    this.#options = options
    const { random } = options
    this.#backoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_MS, random })
    this.#urgentBackoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_WITHOUT_PATH_MS, random })
    this.#patientBackoff = new Backoff({ firstMs: FIRST_WAIT_MS, mostMs: MOST_WAIT_WITHOUT_WAY_MS, random })
    this.#standIn = new StandIn({
      origins: () => options.standing?.() ?? [],
      clock: options.clock,
      random,
      onDue: () => this.#fill(),
    })
    this.#exploreLater()
    this.#fill()
  }

  /** Bridges that are attached, whether they are in use yet or not. */
  get bridgeCount(): number {
    return this.#bridges.size
  }

  /** Of those that are in use. */
  get status(): BridgeStatus[] {
    return [...this.#bridges.values()].flatMap(({ status }) => status ?? [])
  }

  /** Gives up what is under way; attached paths stay. */
  stop(): void {
    this.#cancelWait?.()
    this.#cancelStagger?.()
    this.#cancelExplore()
    this.#cancelSettle?.()
    this.#cancelRelax?.()
    this.#standIn.stop()
    this.#stopping.abort()
  }

  #fill(): void {
    if (this.#stopping.signal.aborted) return
    // Not held up by meetings for paths that are merely more.
    while (this.#firstMeetings < MAX_MEETINGS && this.#wantsBridge && !this.#staggers) void this.#meet()
    for (const bridge of this.#bridges.values()) {
      if (this.#meetings < MAX_MEETINGS && bridge.wantsPath(this.#now)) void this.#meetAgain(bridge)
    }
    this.#fillIn()
  }

  /** Standing bridges while WebRTC does not get through, and none once it does. */
  #fillIn(): void {
    if (this.#stopping.signal.aborted) return
    this.#standIn.update(this.#direct.some(({ isWorking }) => isWorking))
    if (this.#standIn.isRelieved) {
      for (const bridge of [...this.#bridges.values()])
        if (bridge.standing !== undefined) this.#dismiss(bridge)
    }
    for (let origin = this.#standIn.next(); origin !== undefined; origin = this.#standIn.next()) {
      void this.#meetStanding(origin)
    }
  }

  get #wantsBridge(): boolean {
    const { size } = this.#options
    return (
      this.#cancelWait === undefined &&
      this.#direct.length + this.#firstMeetings < size + this.#spares &&
      this.#bridges.size < MAX_ATTACHED
    )
  }

  /** Bridges from which something comes back. */
  get #well(): AttachedBridge[] {
    return [...this.#bridges.values()].filter(({ isSilent }) => !isSilent)
  }

  /** Those of them that volunteers are. */
  get #direct(): AttachedBridge[] {
    return this.#well.filter(({ standing }) => standing === undefined)
  }

  /**
   * Whether the next bridge waits for the first one, for a moment: two set-ups at once would slow each other down when it
   * matters most.
   */
  get #staggers(): boolean {
    const waitMs = this.#staggerUntil - this.#now
    if (waitMs <= 0 || this.#firstMeetings + this.#bridges.size === 0) return false
    this.#cancelStagger?.()
    this.#cancelStagger = this.#options.clock.after(waitMs, () => this.#fill())
    return true
  }

  get #now(): number {
    return this.#options.clock.now()
  }

  /** Meets a bridge that is not attached yet. */
  async #meet(): Promise<void> {
    this.#firstMeetings += 1
    if (this.#firstMeetings + this.#bridges.size === 1) this.#staggerUntil = this.#now + STAGGER_MS
    let meeting: Meeting | undefined
    let trouble: Trouble = 'unavailable'
    try {
      meeting = await this.#ask({ avoid: [...this.#bridges.keys(), ...this.#bad] })
    } catch (error) {
      trouble = troubleOf(error)
    }
    // Not a moment before the bridge counts itself.
    this.#firstMeetings -= 1
    if (meeting?.type === 'met') this.#welcome(meeting)
    else if (meeting?.type === 'refused') this.#refused(meeting)
    else this.#wait(0, trouble)
  }

  /** Meets a standing bridge. What goes wrong is its own affair: the search for others goes on. */
  async #meetStanding(origin: string): Promise<void> {
    this.#standingMet += 1
    const bridge = new AttachedBridge(`standing-${this.#standingMet}`, 1, origin)
    let attached = false
    try {
      const meeting = await this.#ask({ avoid: [], standing: origin })
      if (meeting.type === 'met') {
        this.#bridges.set(bridge.id, bridge)
        attached = this.#attach(meeting, bridge)
      }
    } catch {
      // Another one, or the same later.
    }
    if (!attached) this.#dismiss(bridge, true)
  }

  /** Lets a bridge go whose place nobody has to take. */
  #dismiss(bridge: AttachedBridge, failed = false): void {
    this.#bridges.delete(bridge.id)
    if (bridge.standing !== undefined) this.#standIn.released(bridge.standing, failed)
    bridge.close()
  }

  /** Meets a bridge once more. */
  async #meetAgain(bridge: AttachedBridge): Promise<void> {
    bridge.meeting()
    let attached = false
    try {
      const meeting = await this.#ask({ avoid: [], bridge: bridge.id })
      if (meeting.type === 'met') attached = this.#attach(meeting, bridge)
    } catch {
      // The bridge goes on with the paths that it has.
    }
    bridge.met(attached, this.#now)
    this.#fill()
  }

  async #ask(request: Pick<MeetingRequest, 'avoid' | 'bridge' | 'standing'>): Promise<Meeting> {
    this.#meetings += 1
    const deadline = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(MEETING_TIMEOUT_MS)])
    const faulty = request.standing === undefined ? [...this.#unreported] : []
    for (const id of faulty) this.#unreported.delete(id)
    try {
      return await this.#options.meet({ ...request, egress: this.#options.egress(), faulty }, deadline)
    } catch (error) {
      for (const id of faulty) this.#unreported.add(id)
      throw error
    } finally {
      this.#meetings -= 1
    }
  }

  #refused({ reason, retryAfterMs }: Refusal): void {
    // Whoever is left is better than nobody.
    if (reason === 'no-bridge' && this.#direct.length === 0) this.#bad.clear()
    this.#wait(retryAfterMs, reason)
  }

  #welcome(meeting: Met): void {
    const { bridgeId, carrier } = meeting
    // Two rendezvous at once may have led to one bridge: a second path over it would not be a spare.
    if (this.#bridges.has(bridgeId)) {
      carrier.close(CloseCode.done)
      this.#wait(0, 'no-bridge')
      return
    }
    const bridge = new AttachedBridge(bridgeId, this.#options.associations)
    this.#bridges.set(bridgeId, bridge)
    try {
      this.#attach(meeting, bridge)
      this.#fill()
    } catch (error) {
      this.#bridges.delete(bridgeId)
      this.#wait(0, troubleOf(error))
    }
  }

  /** False for a path that nobody wants any more. Throws what `attach` throws. */
  #attach(meeting: Met, bridge: AttachedBridge): boolean {
    const { carrier } = meeting
    if (this.#stopping.signal.aborted || this.#bridges.get(bridge.id) !== bridge) {
      carrier.close(CloseCode.done)
      return false
    }
    const association: Association = { path: undefined, silent: false }
    bridge.add(association)
    try {
      association.path = this.#options.attach(meeting, this.#listener(bridge, association))
    } catch (error) {
      bridge.remove(association)
      carrier.close(CloseCode.done)
      throw error
    }
    this.#options.onChange()
    return true
  }

  #listener(bridge: AttachedBridge, association: Association): PathListener {
    let working = false
    return {
      working: () => {
        working = true
        if (![...this.#bridges.values()].some(({ isWorking }) => isWorking))
          this.#staggerUntil = this.#now + HEAD_START_MS
        bridge.isWorking = true
        if (bridge.standing !== undefined) this.#standIn.worked(bridge.standing)
        else {
          // Not before: an egress that is full lets every bridge connect, only to close what it carries.
          this.#backoff.reset()
          this.#urgentBackoff.reset()
          this.#patientBackoff.reset()
        }
        this.#settleLater()
        this.#fill()
      },
      suspect: (suspect) => {
        association.silent = suspect
        if (suspect) this.#lost()
        else this.#recovered()
      },
      stalled: () => {
        bridge.stalled(this.#now)
        this.#relaxLater()
        this.#fill()
      },
      end: (code) => {
        bridge.remove(association)
        if (!working) bridge.refused(this.#now)
        if (code === CloseCode.faulty) this.#condemn(bridge, true)
        if (bridge.isEmpty) this.#gone(bridge, code, working)
        this.#options.onChange()
      },
    }
  }

  #gone(bridge: AttachedBridge, code: CloseCode, working: boolean): void {
    if (this.#bridges.get(bridge.id) !== bridge) return
    if (bridge.standing !== undefined) {
      this.#dismiss(bridge, true)
      this.#lost()
      return
    }
    this.#bridges.delete(bridge.id)
    // If nobody answers, it is as likely our own line or the egress: no reason to denounce a volunteer.
    if (code === CloseCode.timeout) this.#condemn(bridge, this.#well.length > 0)
    if (working) this.#lost()
    else this.#wait(0, code === CloseCode.limit ? 'limit' : 'no-bridge')
  }

  /** A path went, or seems to. If it was the last, there is more reason to try now than whatever the wait was for. */
  #lost(): void {
    if (this.#well.length === 0) this.#hurry()
    this.#fill()
  }

  #recovered(): void {
    this.#settleLater()
    this.#fillIn()
  }

  /** It corrupted packets or swallowed them: it is left and not met again, and signaling may hear of it with the next offer. */
  #condemn(bridge: AttachedBridge, report: boolean): void {
    // Signaling has no say in standing ones, and they are told apart otherwise.
    if (bridge.standing !== undefined) return
    this.#bad.add(bridge.id)
    if (report) this.#unreported.add(bridge.id)
    const [oldest] = this.#bad
    if (oldest !== undefined && this.#bad.size > MAX_BAD_BRIDGES) {
      this.#bad.delete(oldest)
      this.#unreported.delete(oldest)
    }
    bridge.close()
  }

  #hurry(): void {
    this.#cancelWait?.()
    this.#cancelWait = undefined
  }

  #wait(leastMs: number, trouble: Trouble): void {
    if (this.#stopping.signal.aborted) return
    const urgent = this.#well.length === 0
    // Nobody better is to be had for now.
    this.#spares = 0
    // A bridge may come any moment; whatever else the server gives as its reason lasts as long as it says.
    const least = urgent && trouble === 'no-bridge' ? Math.min(leastMs, MOST_WAIT_WITHOUT_PATH_MS) : leastMs
    const delayMs = this.#backoffAfter(trouble).next(least)
    this.#hurry()
    this.#cancelWait = this.#options.clock.after(delayMs, () => {
      this.#cancelWait = undefined
      this.#fill()
    })
    if (!BEYOND_BRIDGES.has(trouble)) this.#standIn.hurry()
    this.#fillIn()
    this.#options.onTrouble(trouble)
  }

  #backoffAfter(trouble: Trouble): Backoff {
    if (this.#well.length === 0) return this.#urgentBackoff
    return this.#direct.length === 0 && trouble !== 'no-bridge' ? this.#patientBackoff : this.#backoff
  }

  /** Now and then one more bridge is met if one of those attached is slow; the worst of all is then let go. */
  #exploreLater(): void {
    const delayMs = EXPLORE_MS * (0.75 + this.#options.random() / 2)
    this.#cancelExplore = this.#options.clock.after(delayMs, () => {
      const trips = this.#direct.map(({ roundTripMs }) => roundTripMs).filter(Number.isFinite)
      if (Math.max(...trips) > SLOW_ROUND_TRIPS * Math.min(...trips) + SLOW_MARGIN_MS) this.#spares = 1
      this.#exploreLater()
      this.#fill()
    })
  }

  #settleLater(): void {
    if (this.#stopping.signal.aborted || this.#cancelSettle !== undefined) return
    if (this.#direct.length <= this.#options.size) return
    this.#cancelSettle = this.#options.clock.after(SETTLE_MS, () => {
      this.#cancelSettle = undefined
      this.#settle()
    })
  }

  /** Lets the worst bridges go that are more than wanted: one was silent for a while, or a better one was found. */
  #settle(): void {
    this.#spares = 0
    const byRoundTrip = this.#direct.toSorted((a, b) => a.roundTripMs - b.roundTripMs)
    for (const bridge of byRoundTrip.slice(this.#options.size)) {
      this.#bridges.delete(bridge.id)
      bridge.close()
    }
  }

  #relaxLater(): void {
    if (this.#stopping.signal.aborted || this.#cancelRelax !== undefined) return
    const relaxAt = Math.min(...[...this.#bridges.values()].map((bridge) => bridge.relaxAt))
    if (relaxAt === Number.POSITIVE_INFINITY) return
    this.#cancelRelax = this.#options.clock.after(Math.max(0, relaxAt - this.#now), () => {
      this.#cancelRelax = undefined
      for (const bridge of this.#bridges.values()) bridge.relax(this.#now)
      this.#relaxLater()
    })
  }
}

function troubleOf(error: unknown): Trouble {
  return isFootbridgeError(error) ? error.code : 'unavailable'
}
