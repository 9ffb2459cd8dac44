/** As far as browsers have it (https://wicg.github.io/netinfo/); `type` only where the device has several. */
type ConnectionInformation = EventTarget & { readonly type?: string }

/**
 * Calls `changed` when the browser is online again, or on another kind of network. That its estimate of the speed
 * changes, which it does all the time, means nothing. The result ends it.
 */
export function watchNetwork(changed: () => void): () => void {
  const { connection } = navigator as { connection?: ConnectionInformation }
  let type = connection?.type
  const onChange = (): void => {
    if (connection?.type === type) return
    type = connection?.type
    changed()
  }
  addEventListener('online', changed)
  connection?.addEventListener('change', onChange)
  return () => {
    removeEventListener('online', changed)
    connection?.removeEventListener('change', onChange)
  }
}
