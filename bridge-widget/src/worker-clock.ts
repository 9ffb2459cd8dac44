import { type Clock, systemClock } from '@footbridge/shared'
import type { TimerRequest } from './clock-worker.ts'

/** As much of a `Worker` as is needed. */
interface TimerWorker {
  onmessage: ((event: MessageEvent<number>) => void) | null
  onerror: ((event: ErrorEvent) => void) | null
  postMessage(request: TimerRequest): void
  terminate(): void
}

interface Timer {
  readonly at: number
  readonly fire: () => void
  /** While it is one of the page's own. */
  cancel?: (() => void) | undefined
}

/** Longest delay that `setTimeout` takes. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * A clock whose timers keep their pace in a hidden page: they run in a worker. Until it runs, and where there can be
 * none, they are the page's own. There is a worker as long as there is a timer: who is off holds none.
 */
export class WorkerClock implements Clock {
  readonly now: Clock['now'] = systemClock.now
  readonly wallNow: Clock['wallNow'] = systemClock.wallNow
  readonly #open: () => TimerWorker | undefined
  readonly #timers = new Map<number, Timer>()
  #lastId = 0
  #worker: TimerWorker | undefined
  #isRunning = false
  #hasFailed = false

  /** `open`: makes the worker, or says by `undefined` or an error that there can be none. */
  constructor(open: () => TimerWorker | undefined) {
    this.#open = open
  }

  after(delayMs: number, fire: () => void): () => void {
    const id = ++this.#lastId
    const timer: Timer = { at: this.now() + delayMs, fire }
    this.#timers.set(id, timer)
    if (this.#worker === undefined && !this.#hasFailed) this.#begin()
    this.#set(id, timer)
    return () => {
      if (!this.#timers.delete(id)) return
      if (timer.cancel) timer.cancel()
      else this.#worker?.postMessage([id])
      this.#rest()
    }
  }

  #set(id: number, timer: Timer): void {
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, timer.at - this.now()))
    if (this.#isRunning) this.#worker?.postMessage([id, delayMs])
    else timer.cancel = systemClock.after(delayMs, () => this.#fire(id))
  }

  #fire(id: number): void {
    const timer = this.#timers.get(id)
    if (!timer) return
    this.#timers.delete(id)
    timer.fire()
    this.#rest()
  }

  #begin(): void {
    try {
      this.#worker = this.#open()
    } catch {
      // As if there were no workers.
    }
    const worker = this.#worker
    this.#hasFailed = worker === undefined
    if (worker === undefined) return
    worker.onmessage = ({ data: id }) => {
      if (this.#worker !== worker) return
      if (id === 0) this.#moveTimers(true)
      else this.#fire(id)
    }
    // Forbidden by a policy, or not to be had.
    worker.onerror = (event) => {
      event.preventDefault()
      this.#hasFailed = true
      this.#end()
      this.#moveTimers(false)
    }
  }

  /** To the worker, or back to the page. */
  #moveTimers(isRunning: boolean): void {
    this.#isRunning = isRunning
    for (const [id, timer] of this.#timers) {
      timer.cancel?.()
      timer.cancel = undefined
      this.#set(id, timer)
    }
  }

  /** Unless what was going on sets another timer, as it mostly does. */
  #rest(): void {
    queueMicrotask(() => {
      if (this.#timers.size === 0) this.#end()
    })
  }

  #end(): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.#isRunning = false
  }
}
