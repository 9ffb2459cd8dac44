const NAME = 'footbridge:bridge'

/** The end of the queue of this page, for where there is none of the origin. */
let last: Promise<void> = Promise.resolve()

/**
 * Calls `begin` once no other tab of this origin, and nothing else on this page, has its turn; the turn lasts until
 * `signal` aborts, or the tab is gone in whatever way. Where the browser has no locks for this page
 * (https://w3c.github.io/web-locks/: it may be no secure context, or may not share anything), each tab has a turn.
 */
export function takeTurn(signal: AbortSignal, begin: () => void): void {
  const over = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
  const turn = (): Promise<void> => {
    if (!signal.aborted) begin()
    return over
  }
  const turnOfPage = (): void => {
    last = last.then(turn)
  }
  if (!sharesOrigin()) turnOfPage()
  else {
    navigator.locks.request(NAME, { signal }, turn).catch((error: unknown) => {
      if ((error as Error).name !== 'AbortError') turnOfPage()
    })
  }
}

/** Whether the tabs of this origin can know of each other at all. */
export function sharesOrigin(): boolean {
  return globalThis.navigator?.locks !== undefined && typeof BroadcastChannel !== 'undefined'
}
