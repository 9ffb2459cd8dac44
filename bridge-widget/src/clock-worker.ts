/**
 * The file of the worker behind `WorkerClock`. A browser slows down the timers of a hidden page, to one a minute in the
 * end, but not those of a dedicated worker.
 */

/** Of what a worker sees of itself; the DOM's types know only of windows. */
interface WorkerScope {
  onmessage: (event: { readonly data: TimerRequest }) => void
  postMessage(id: number): void
}

/** A timer to set, or without a delay one to cancel. What comes back, first of all `0`, are the ids of those that fired. */
export type TimerRequest = readonly [id: number, delayMs?: number]

const scope = globalThis as unknown as WorkerScope
const timers = new Map<number, ReturnType<typeof setTimeout>>()

function fire(id: number): void {
  timers.delete(id)
  scope.postMessage(id)
}

scope.onmessage = ({ data: [id, delayMs] }) => {
  if (delayMs !== undefined) timers.set(id, setTimeout(fire, delayMs, id))
  else {
    clearTimeout(timers.get(id))
    timers.delete(id)
  }
}
scope.postMessage(0)
