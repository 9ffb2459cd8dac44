import { FootbridgeError, isFootbridgeError } from './errors.ts'

export interface Deadline {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** What is being done, for the error: `<task> took too long`. */
  readonly task: string
}

/**
 * Runs `work` with a signal that fires when `signal` does (`aborted`) or when the time is over (`timeout`). `work`
 * must reject with the signal's reason then. Unlike `AbortSignal.any`, leaves nothing behind on a long-lived signal.
 */
export async function withDeadline<T>(
  { signal, timeoutMs, task }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const onAbort = () => {
    const outer = isFootbridgeError(signal.reason) ? signal.reason : undefined
    controller.abort(outer ?? new FootbridgeError('aborted', `${task} was given up`))
  }
  const timer = setTimeout(() => {
    controller.abort(new FootbridgeError('timeout', `${task} took more than ${timeoutMs} ms`))
  }, timeoutMs)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort)
  try {
    controller.signal.throwIfAborted()
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
