/** Resolves once `signal` fires: what loses the race against it, such as a look-up in DNS, need not know of signals. */
export function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined))
  })
}
