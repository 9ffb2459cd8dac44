import { App, type AppHost } from './app.test.helper.ts'
import { CloseCode } from './carrier.ts'
import { RESUME_TIMEOUT_MS } from './constants.ts'
import { type Conversation, isOver, planConversation } from './conversation.test.helper.ts'
import type { ErrorCode } from './errors.ts'
import { checkInvariants, imbalance } from './invariants.test.helper.ts'
import { LINK_MISHAPS, SIDE_MISHAPS } from './mishap.test.helper.ts'
import { Dice } from './seeded-random.test.helper.ts'
import { SessionCloseCode } from './session-state.ts'
import type { SessionStream } from './session-stream.ts'
import { type LinkOptions, otherRole, ROLES, type Role } from './simulated-link.test.helper.ts'
import { Simulation, TARGET } from './simulation.test.helper.ts'

/** Once nothing befalls anything any more and a link works, everything is over this soon. */
const SETTLE_MS = 30_000
/** How long an egress waits for a client that was never heard of after HELLO. */
const UNANSWERED_TIMEOUT_MS = 10_000
/** Bridges that may say that the egress has forgotten the session before the client believes it. */
const UNKNOWN_SESSION_LIMIT = 2

/** How a seed's run ended. What must not happen is thrown instead. */
export interface Outcome {
  /** Everything was carried, or the session had an end that the scenario explains. */
  readonly session: 'whole' | 'closed' | 'lost'
  /** From the first quiet moment to the end. */
  readonly settledMs: number
}

/**
 * One seed's story: a client that keeps some paths, streams of all kinds, and whatever befalls bridges, computers and
 * clocks; then a quiet time in which everything must come to its end.
 */
export class Scenario {
  /** What happened, a line each. */
  readonly log: string[] = []
  readonly #dice: Dice
  readonly #simulation: Simulation
  readonly #conversations: Map<number, Conversation> = new Map()
  readonly #woken: Set<App> = new Set()
  readonly #wantedPaths: number
  #quietAt: number
  #quiet = false
  #pathsToCome = 0
  #streamsToCome = 0
  /** Paths that began in quiet, and so are good. */
  readonly #goodPaths: Set<number> = new Set()
  #established = false
  #closedByPlan = false
  #closing = false
  #unknownSession = 0
  /** By its own clock, when a side lost its last path. */
  readonly #pathlessSince: Record<Role, number> = { client: 0, egress: 0 }

  constructor(seed: number) {
    const dice = new Dice(seed)
    this.#dice = dice
    this.#quietAt = dice.magnitude(300, 20_000)
    this.#wantedPaths = dice.chance(0.8) ? dice.whole(1, 3) : dice.whole(4, 8)
    const clock = () => ({ offsetMs: dice.between(0, 1e9), rate: dice.between(0.999, 1.001) })
    this.#simulation = new Simulation({
      clocks: { client: clock(), egress: clock() },
      stream: (stream) => this.#accept(stream),
      pathReady: (role, pathId) => this.#pathReady(role, pathId),
      pathEnded: (role, pathId, code) => this.#pathEnded(role, pathId, code),
      finished: (role, code, said) => this.#finished(role, code, said),
    })
  }

  run(): Outcome {
    const simulation = this.#simulation
    this.#planStreams()
    this.#begin()
    simulation.run(this.#quietAt, this.#step)
    this.#calm()
    simulation.run(this.#quietAt + SETTLE_MS, this.#step)
    // Whoever was never told that the other side has ended the session waits for a path in vain.
    if (this.#anyClosed && !this.#closing) simulation.run(simulation.now + RESUME_TIMEOUT_MS, this.#step)
    const unsettled = this.#unsettled
    if (unsettled !== undefined) throw new Error(`still in the end: ${unsettled}`)
    const session = !this.#anyClosed || this.#closing ? 'whole' : this.#closedByPlan ? 'closed' : 'lost'
    return { session, settledMs: simulation.now - this.#quietAt }
  }

  // ---- what happens

  /** Path 0 is let alone until the session stands: a second HELLO would make another session. */
  #begin(): void {
    const { client, egress } = this.#simulation.sides
    client.takesEarly = egress.takesEarly = this.#dice.chance(0.8)
    client.hello(this.#simulation.newLink(this.#rollLink()))
  }

  #planStreams(): void {
    const dice = this.#dice
    const crowd = dice.chance(0.01)
    const count = crowd ? 30 : dice.whole(1, 6)
    const bytes = () => {
      if (crowd) return dice.whole(0, 600_000)
      if (dice.chance(0.1)) return 0
      return Math.floor(dice.magnitude(1, dice.chance(0.1) ? 4_000_000 : 400_000))
    }
    for (let index = 1; index <= count; index += 1) {
      const conversation = planConversation(dice, index, bytes)
      this.#streamsToCome += 1
      const open = (): void => this.#open(conversation)
      if (dice.chance(0.6)) open()
      else this.#simulation.whenAwake('client', dice.between(0, this.#quietAt * 1.2), open)
    }
  }

  #open(conversation: Conversation): void {
    const { client } = this.#simulation
    this.#streamsToCome -= 1
    if (client.closed) return
    const stream = client.open(TARGET)
    this.#conversations.set(stream.id, conversation)
    const app = new App(stream, conversation.plans.client, this.#host('client'))
    conversation.apps.client = app
    app.begin()
  }

  #accept(stream: SessionStream): void {
    const conversation = this.#conversations.get(stream.id)
    if (conversation === undefined) throw new Error(`stream ${stream.id} was never opened`)
    if (conversation.apps.egress !== undefined) throw new Error(`stream ${stream.id} came twice`)
    const app = new App(stream, conversation.plans.egress, this.#host('egress'))
    conversation.apps.egress = app
    this.#simulation.whenAwake('egress', conversation.dialMs, () => {
      stream.accept()
      app.begin()
    })
  }

  #pathReady(role: Role, pathId: number): void {
    if (role === 'egress' || this.#established) return
    this.#note(`the session stands on path ${pathId}`)
    this.#established = true
    this.#planMishap()
    if (this.#dice.chance(0.06)) this.#planEarlyEnd()
    if (this.#dice.chance(0.1)) {
      this.#simulation.whenAwake('egress', this.#dice.between(0, 5_000), () =>
        this.#simulation.egress.goAway(),
      )
    }
  }

  #planMishap(): void {
    this.#simulation.after(this.#dice.magnitude(10, 4_000), () => {
      if (this.#quiet) return
      this.#planMishap()
      this.#mishap()
    })
  }

  #mishap(): void {
    const { client, egress } = this.#simulation.sides
    const pathIds = new Set([...client.pathIds, ...egress.pathIds])
    if (this.#dice.chance(0.25)) {
      // Whoever sleeps long without a path loses the session, and that story is soon told.
      if (pathIds.size === 0 && this.#dice.chance(0.8)) return
      this.#note(this.#dice.weighted(SIDE_MISHAPS)(this.#simulation, this.#dice, this.#dice.pick(...ROLES)))
      return
    }
    const link = pathIds.size === 0 ? undefined : this.#simulation.link(this.#dice.pick(...pathIds))
    if (link === undefined) return
    const what = this.#dice.weighted(LINK_MISHAPS)(this.#simulation, this.#dice, link)
    this.#note(`path ${link.pathId} ${what}`)
  }

  #planEarlyEnd(): void {
    const role = this.#dice.pick(...ROLES)
    this.#simulation.whenAwake(role, this.#dice.between(0, this.#quietAt), () => {
      if (this.#anyClosed) return
      this.#closedByPlan = true
      this.#simulation.sides[role].state.close(this.#dice.pick(...Object.values(SessionCloseCode)))
    })
  }

  /** From now on nothing bad befalls anything; what is bad stays so, but one link is good. */
  #calm(): void {
    this.#quiet = true
    const { sides, now } = this.#simulation
    this.#quietAt = Math.max(now, sides.client.asleepUntil, sides.egress.asleepUntil)
    this.#note('quiet from now on')
    for (const role of ROLES) sides[role].timerLateMs = 0
    this.#simulation.whenAwake('client', this.#quietAt - now, () => this.#addPath())
  }

  // ---- paths

  /** The client keeps as many paths as it wants; a bridge to replace one takes its time to be found. */
  #supply(): void {
    const { client } = this.#simulation.sides
    while (!client.state.closed && client.pathIds.length + this.#pathsToCome < this.#wantedPaths) {
      this.#pathsToCome += 1
      const rare = !this.#quiet && this.#dice.chance(0.04)
      const findMs = rare ? this.#dice.magnitude(3_000, 45_000) : this.#dice.magnitude(20, 3_000)
      this.#simulation.whenAwake('client', findMs, () => {
        this.#pathsToCome -= 1
        this.#addPath()
      })
    }
  }

  #addPath(): void {
    if (this.#simulation.client.closed) return
    const link = this.#simulation.newLink(this.#rollLink())
    if (this.#quiet) this.#goodPaths.add(link.pathId)
    this.#note(`path ${link.pathId} begins`)
    this.#simulation.sides.client.join(link)
  }

  #rollLink(): LinkOptions {
    const dice = this.#dice
    if (this.#quiet) return { delayMs: dice.magnitude(1, 100), bytesPerMs: dice.magnitude(1_000, 10_000) }
    return {
      delayMs: dice.magnitude(1, 400),
      bytesPerMs: dice.magnitude(100, 10_000),
      endDelayMs: dice.pick(0, dice.between(0, 1_000), dice.between(0, 1_000), Number.POSITIVE_INFINITY),
    }
  }

  #pathEnded(role: Role, pathId: number, code: CloseCode): void {
    this.#note(`path ${pathId} has ended at the ${role}, code ${code}`)
    if (role === 'client' && code === CloseCode.unknownSession) this.#egressForgot()
  }

  /** As in `ClientSession`. */
  #egressForgot(): void {
    const { client } = this.#simulation
    for (const path of client.paths.values()) if (path.received > 0) return
    this.#unknownSession += 1
    if (this.#unknownSession >= UNKNOWN_SESSION_LIMIT) client.close(SessionCloseCode.timeout)
  }

  // ---- judgement

  readonly #step = (): void => {
    for (const app of this.#woken) {
      if (!this.#simulation.isAwake(app.role)) continue
      this.#woken.delete(app)
      app.act()
    }
    if (this.#established) this.#supply()
    for (const role of ROLES) {
      const { state, now } = this.#simulation.sides[role]
      if (state.paths.size > 0) this.#pathlessSince[role] = now
    }
    if (!this.#anyClosed) checkInvariants(this.#simulation)
    if (this.#quiet && this.#unsettled === undefined) this.#finish()
  }

  /** Everything is over: a session that still stands is closed, and that is heard too. */
  #finish(): void {
    if (this.#anyClosed) {
      this.#simulation.stop()
      return
    }
    this.#closing = true
    this.#simulation.sides[this.#dice.pick(...ROLES)].state.close(SessionCloseCode.done)
  }

  /** What is not over yet. */
  get #unsettled(): string | undefined {
    const { client, egress } = this.#simulation
    if (this.#streamsToCome > 0 && !client.closed) return 'a stream is yet to be opened'
    if (client.closed !== egress.closed) return `the ${client.closed ? 'egress' : 'client'} goes on alone`
    if (!this.#anyClosed && !this.#simulation.linkIds.some((pathId) => this.#goodPaths.has(pathId)))
      return 'there is no good path'
    for (const conversation of this.#conversations.values()) {
      const { apps } = conversation
      if (!isOver(conversation))
        return [apps.client, apps.egress].map((app) => app?.progress ?? 'never opened').join('; ')
    }
    return this.#anyClosed ? undefined : imbalance(this.#simulation)
  }

  #finished(role: Role, code: ErrorCode | undefined, said: number | undefined): void {
    const end = `the ${role} ended the session: ${code ?? 'clean'}, CLOSE ${said ?? 'not said'}`
    this.#note(end)
    // Bridges may say that the egress knows no such session before its CLOSE comes.
    const forgotten = this.#unknownSession >= UNKNOWN_SESSION_LIMIT
    if (this.#closing && code !== undefined && !forgotten) throw new Error(`${end}, and not cleanly`)
    const told = this.#simulation.sides[otherRole(role)].state.closed
    if (!this.#closing && !this.#closedByPlan && !told && !this.#outlived(role))
      throw new Error(`${end}, for no reason`)
  }

  #failed(app: App): void {
    this.#note(`${app.name} failed: ${app.failure}`)
    const { apps } = this.#conversations.get(app.stream.id) ?? {}
    const explained =
      app.failedBy(apps?.[otherRole(app.role)]) || this.#simulation.sides[app.role].state.closed
    if (!explained) throw new Error(`${app.name} failed without a reason: ${app.failure}`)
  }

  /** Whether a side has been without any path for as long as it waits for one. */
  #outlived(role: Role): boolean {
    const { state, now, packets } = this.#simulation.sides[role]
    const patienceMs = role === 'egress' && packets < 2 ? UNANSWERED_TIMEOUT_MS : RESUME_TIMEOUT_MS
    return state.paths.size === 0 && now - this.#pathlessSince[role] >= patienceMs
  }

  get #anyClosed(): boolean {
    return this.#simulation.client.closed || this.#simulation.egress.closed
  }

  // ---- what applications need

  #host(role: Role): AppHost {
    return {
      role,
      after: (ms, fire) => this.#simulation.whenAwake(role, ms, fire),
      act: (app) => this.#woken.add(app),
      failed: (app) => this.#failed(app),
      log: (text) => this.#note(text),
    }
  }

  #note(text: string): void {
    this.log.push(`${Math.round(this.#simulation.now).toString().padStart(7)} ms: ${text}`)
  }
}
