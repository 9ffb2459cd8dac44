import { type BridgeStats, NO_STATS } from './bridge-stats.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import { type OriginChannel, openOriginChannel } from './origin-channel.ts'
import { takeTurn } from './origin-lock.ts'
import type { OriginMessage, OriginStatus } from './origin-messages.ts'
import type { VolunteerLimits } from './volunteer-limits.ts'

/** Between looks at what another tab does while it helps somebody. */
const ASK_INTERVAL_MS = 1_000

/** The one bridge of this origin, as this tab sees it, wherever it runs. */
export interface OriginBridge {
  /** `off` while this tab takes no part in it. */
  readonly state: BridgeState
  readonly reason: BridgeReason | undefined
  /** Since it was turned on, whichever tabs it ran in. */
  readonly stats: BridgeStats
  /** What holds; `undefined` as long as no engine told. */
  readonly limits: VolunteerLimits | undefined
  /** Changes them at once, wherever it runs. Throws `usage` for limits that cannot be. */
  setLimits(limits: VolunteerLimits): void
  /** This tab runs it, or shows what another does, until it leaves. Idempotent. */
  join(): void
  /** This tab goes away. If it was the one that ran it, another goes on. Idempotent. */
  leave(): void
  /** In every tab. */
  turnOff(): void
}

/** What this tab runs when it is its turn; `BridgeEngine` is one. */
export interface OriginEngine {
  readonly state: BridgeState
  readonly reason: BridgeReason | undefined
  readonly stats: BridgeStats
  readonly limits: VolunteerLimits
  setLimits(limits: VolunteerLimits): void
  start(): void
  stop(): void
}

type CreateOriginEngine = (options: {
  readonly signal: AbortSignal
  onChange(): void
  onError(error: unknown): void
}) => Promise<OriginEngine> | OriginEngine

export interface OriginBridgeOptions {
  /**
   * One that is not started. `signal` aborts when it is wanted no longer. Without this, the bridge never runs here: this
   * document only shows what another does.
   */
  createEngine?: CreateOriginEngine | undefined
  /** Keeps them for the engines to come, in whichever tab. */
  keepLimits(limits: VolunteerLimits): void
  /** `state`, `reason`, `limits` or the number of clients changed. */
  onChange(): void
  /** Something went wrong for the first time, in the engine of this tab. It is tried again. */
  onError(error: unknown): void
  /** It was turned off in another tab, or with an `error`: this one cannot run it. */
  onEnd(error?: unknown): void
}

const UNKNOWN: OriginStatus = { state: 'testing', reason: undefined, stats: NO_STATS, limits: undefined }

/** Runs an engine in one tab of the origin at a time; the others show what it does, and one of them is the next. */
export class SharedBridge implements OriginBridge {
  readonly #options: OriginBridgeOptions
  #channel: OriginChannel | undefined
  /** Aborts when this tab leaves. */
  #part: AbortController | undefined
  /** Of running it. */
  #hasTurn = false
  #engine: OriginEngine | undefined
  /** As it was when no engine ran here. */
  #told = UNKNOWN
  #toldAt = 0
  #askTimer: ReturnType<typeof setInterval> | undefined

  constructor(options: OriginBridgeOptions) {
    this.#options = options
  }

  get state(): BridgeState {
    return this.#part ? this.#status.state : 'off'
  }

  get reason(): BridgeReason | undefined {
    return this.#part && this.#status.reason
  }

  get stats(): BridgeStats {
    return this.#status.stats
  }

  get limits(): VolunteerLimits | undefined {
    return this.#status.limits
  }

  setLimits(limits: VolunteerLimits): void {
    this.#engine?.setLimits(limits)
    this.#options.keepLimits(limits)
    if (this.#engine) this.#changed()
    else this.#channel?.send({ type: 'limits', limits })
  }

  join(): void {
    if (this.#part) return
    const part = new AbortController()
    this.#part = part
    this.#channel = openOriginChannel((message) => this.#receive(message))
    this.#channel?.send({ type: 'ask' })
    const { createEngine } = this.#options
    if (createEngine) takeTurn(part.signal, () => void this.#run(createEngine, part.signal))
    this.#changed()
  }

  leave(): void {
    const part = this.#part
    if (!part) return
    const engine = this.#engine
    this.#told = onTheWay(this.#status)
    this.#part = undefined
    this.#hasTurn = false
    this.#engine = undefined
    engine?.stop()
    part.abort()
    this.#channel?.close()
    this.#channel = undefined
    this.#changed()
  }

  turnOff(): void {
    this.#channel?.send({ type: 'off' })
    this.leave()
  }

  get #status(): OriginStatus {
    const engine = this.#engine
    if (!engine) return this.#told
    const { state, reason, limits } = engine
    return { state, reason, limits, stats: continued(this.#told.stats, engine.stats) }
  }

  async #run(createEngine: CreateOriginEngine, signal: AbortSignal): Promise<void> {
    this.#hasTurn = true
    this.#told = onTheWay(this.#told)
    this.#changed()
    try {
      const engine = await createEngine({
        signal,
        onChange: () => this.#changed(),
        onError: (error) => this.#options.onError(error),
      })
      if (signal.aborted) return
      this.#engine = engine
      engine.start()
    } catch (error) {
      if (!signal.aborted) this.#end(error)
    }
  }

  #receive(message: OriginMessage): void {
    switch (message.type) {
      case 'ask':
        this.#tell()
        break
      case 'status':
        if (this.#hasTurn) break
        this.#told = message.status
        this.#toldAt = performance.now()
        this.#changed()
        break
      case 'limits':
        this.#engine?.setLimits(message.limits)
        this.#changed()
        break
      case 'off':
        this.#end()
        break
    }
  }

  #end(error?: unknown): void {
    this.leave()
    this.#options.onEnd(error)
  }

  #changed(): void {
    this.#tell()
    this.#keepAsking(!this.#hasTurn && this.state === 'helping')
    this.#options.onChange()
  }

  #tell(): void {
    if (this.#hasTurn) this.#channel?.send({ type: 'status', status: this.#status })
  }

  /** For the display only, and one tab asks for all: the answer goes to everybody. */
  #keepAsking(on: boolean): void {
    if (on === (this.#askTimer !== undefined)) return
    clearInterval(this.#askTimer)
    this.#askTimer = on
      ? setInterval(() => {
          const isStale = performance.now() - this.#toldAt >= ASK_INTERVAL_MS / 2
          if (isStale && !globalThis.document?.hidden) this.#channel?.send({ type: 'ask' })
        }, ASK_INTERVAL_MS)
      : undefined
  }
}

/** Whoever runs it next has yet to get there. */
function onTheWay({ stats, limits }: OriginStatus): OriginStatus {
  return { ...UNKNOWN, stats: { ...stats, clients: 0, countries: [] }, limits }
}

/** What one engine did, after others. */
function continued(before: BridgeStats, stats: BridgeStats): BridgeStats {
  return {
    ...stats,
    peopleHelped: before.peopleHelped + stats.peopleHelped,
    bytesDown: before.bytesDown + stats.bytesDown,
    bytesUp: before.bytesUp + stats.bytesUp,
    since: before.since ?? stats.since,
  }
}
