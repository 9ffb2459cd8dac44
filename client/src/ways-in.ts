import { type Clock, CloseCode, type FootbridgeError, isFootbridgeError } from '@footbridge/shared'
import type { NamedWayIn } from './network-ways-in.ts'
import type { Meeting, MeetingRequest, Refusal, WayIn } from './way-in.ts'
import type { WayMemory } from './way-memory.ts'

/** After these another way may do better. */
const FAILURES = ['unavailable', 'timeout', 'malformed', 'too-large', 'protocol', 'not-authentic'] as const
/**
 * A way that has not led anywhere for so long gets another one beside it: longer than an offer takes that has to wait for
 * all its candidates, short enough that the last of six kinds begins within 8 s.
 */
export const STAGGER_MS = 1_500

export interface WaysInOptions {
  readonly ways: readonly NamedWayIn[]
  readonly memory: WayMemory
  readonly clock: Clock
}

/**
 * Several ways in as one, raced in the manner of Happy Eyeballs (RFC 8305): those that worked in this network begin, the
 * next one starts when one fails or keeps silent, and the first that answers wins. Before any has worked, meetings that
 * begin together begin with different ones.
 */
export class WaysIn implements WayIn {
  readonly #options: WaysInOptions
  /** Those that failed longest ago first. */
  readonly #ways: NamedWayIn[]
  /** Those on which a meeting is under way, as often as there are. */
  readonly #underWay: NamedWayIn[] = []

  constructor(options: WaysInOptions) {
    this.#options = options
    this.#ways = [...options.ways]
  }

  meet(request: MeetingRequest, signal: AbortSignal): Promise<Meeting> {
    const { clock, memory } = this.#options
    return new Promise((resolve, reject) => {
      const race = new Race({
        ways: this.#inOrder,
        clock,
        meet: (way, signal) => this.#meet(way, request, signal),
        answered: ({ name }) => memory.worked(name),
        failed: (way) => this.#failed(way),
        end: (outcome) => {
          signal.removeEventListener('abort', onAbort)
          outcome.then(resolve, reject)
        },
      })
      const onAbort = (): void => race.abort((signal.reason as Error).name === 'TimeoutError')
      signal.addEventListener('abort', onAbort)
      race.startNext()
      if (signal.aborted) onAbort()
    })
  }

  close(): void {
    for (const { way } of this.#ways) way.close()
  }

  get #inOrder(): NamedWayIn[] {
    const best = this.#options.memory.best(this.#ways.map(({ name }) => name))
    if (best.length === 0) {
      const taken = (way: NamedWayIn): number => this.#underWay.filter((other) => other === way).length
      return this.#ways.toSorted((a, b) => taken(a) - taken(b))
    }
    const rank = ({ name }: NamedWayIn): number => (best.includes(name) ? best.indexOf(name) : best.length)
    return this.#ways.toSorted((a, b) => rank(a) - rank(b))
  }

  async #meet(named: NamedWayIn, request: MeetingRequest, signal: AbortSignal): Promise<Meeting> {
    this.#underWay.push(named)
    try {
      return await named.way.meet(request, signal)
    } finally {
      this.#underWay.splice(this.#underWay.indexOf(named), 1)
    }
  }

  #failed(way: NamedWayIn): void {
    this.#options.memory.failed(way.name)
    this.#ways.splice(this.#ways.indexOf(way), 1)
    this.#ways.push(way)
  }
}

interface RaceOptions {
  readonly ways: readonly NamedWayIn[]
  readonly clock: Clock
  meet(way: NamedWayIn, signal: AbortSignal): Promise<Meeting>
  answered(way: NamedWayIn): void
  /** Another one may do better next time. */
  failed(way: NamedWayIn): void
  end(outcome: Promise<Meeting>): void
}

/** One meeting, on one way and then on more of them. */
class Race {
  readonly #options: RaceOptions
  readonly #giveUp = new AbortController()
  readonly #waiting: NamedWayIn[]
  readonly #running = new Set<NamedWayIn>()
  #cancelTimer: () => void = () => {}
  #failure: unknown
  #refusal: Refusal | undefined
  #ended = false

  constructor(options: RaceOptions) {
    this.#options = options
    this.#waiting = [...options.ways]
  }

  startNext(): void {
    this.#cancelTimer()
    const way = this.#waiting.shift()
    if (way === undefined) return
    this.#running.add(way)
    if (this.#waiting.length > 0)
      this.#cancelTimer = this.#options.clock.after(STAGGER_MS, () => this.startNext())
    this.#options.meet(way, this.#giveUp.signal).then(
      (meeting) => this.#answered(way, meeting),
      (error: unknown) => this.#failed(way, error),
    )
  }

  /** Whatever kept silent until the deadline has failed: the next meeting must not begin with it again. */
  abort(isLate: boolean): void {
    if (this.#ended) return
    if (isLate) for (const way of this.#running) this.#options.failed(way)
    this.#waiting.length = 0
    this.#cancelTimer()
    // The ways reject, and the last one ends the race.
    this.#giveUp.abort()
  }

  #answered(way: NamedWayIn, meeting: Meeting): void {
    this.#running.delete(way)
    if (this.#ended) {
      if (meeting.type === 'met') meeting.carrier.close(CloseCode.done)
      return
    }
    this.#options.answered(way)
    if (meeting.type === 'met') this.#end(Promise.resolve(meeting))
    else this.#refused(meeting)
  }

  /** What a reachable server says is final, unless it says so because the place is taken by another offer of this race. */
  #refused(refusal: Refusal): void {
    this.#refusal = refusal
    this.#waiting.length = 0
    this.#cancelTimer()
    const end = (): void => this.#end(Promise.resolve(refusal))
    if (this.#running.size === 0) end()
    else this.#cancelTimer = this.#options.clock.after(STAGGER_MS, end)
  }

  #failed(way: NamedWayIn, error: unknown): void {
    this.#running.delete(way)
    if (this.#ended) return
    const mayGoOn = isFootbridgeError(error, ...FAILURES)
    if (mayGoOn) this.#options.failed(way)
    this.#failure ??= error
    if (this.#refusal !== undefined) {
      if (this.#running.size === 0) this.#end(Promise.resolve(this.#refusal))
    } else if (!mayGoOn) this.#end(Promise.reject(error))
    else if (this.#waiting.length > 0) this.startNext()
    else if (this.#running.size === 0) this.#end(Promise.reject(this.#failure as FootbridgeError))
  }

  #end(outcome: Promise<Meeting>): void {
    this.#ended = true
    this.#cancelTimer()
    this.#giveUp.abort()
    this.#options.end(outcome)
  }
}
