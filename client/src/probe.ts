import {
  type Clock,
  FootbridgeError,
  isFootbridgeError,
  type NetworkDescriptor,
  PROBE_BYTES,
  PROBE_TARGET,
  type ProbeOutcome,
  type ProbeReport,
  withDeadline,
} from '@footbridge/shared'
import { type FootbridgeClient, openClient } from './client.ts'

/** Time that the download may take. */
const DOWNLOAD_TIMEOUT_MS = 20_000
const MS_PER_SECOND = 1_000

export interface ProbeOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly signal: AbortSignal
}

/**
 * Goes through the network once, as a client that starts afresh: meets a bridge, connects, and downloads `PROBE_BYTES`
 * from the egress itself, so that no site beyond it counts. Throws only if `signal` fires.
 */
export async function probe(
  network: NetworkDescriptor,
  { clock, signal }: ProbeOptions,
): Promise<ProbeReport> {
  const startedAt = clock.now()
  const client = await openClient(network, { signal, paths: 1, associations: 1 })
  try {
    await client.connected(signal)
    const connectedAt = clock.now()
    const connectMs = Math.round(connectedAt - startedAt)
    try {
      await download(client, signal)
      const seconds = Math.max(1, clock.now() - connectedAt) / MS_PER_SECOND
      return { outcome: 'ok', connectMs, bytesPerSecond: Math.round(PROBE_BYTES / seconds) }
    } catch (error) {
      if (signal.aborted) throw error
      return { outcome: 'broken', connectMs }
    }
  } catch (error) {
    if (signal.aborted) throw error
    return { outcome: outcomeOf(error) }
  } finally {
    await client.close()
  }
}

async function download(client: FootbridgeClient, signal: AbortSignal): Promise<void> {
  const deadline = { signal, timeoutMs: DOWNLOAD_TIMEOUT_MS, task: 'downloading' }
  await withDeadline(deadline, async (signal) => {
    const { readable } = await client.open(PROBE_TARGET, { signal })
    let received = 0
    for await (const bytes of readable) received += bytes.length
    if (received !== PROBE_BYTES) throw new FootbridgeError('reset', 'the download ended early')
  })
}

function outcomeOf(error: unknown): ProbeOutcome {
  if (isFootbridgeError(error, 'no-bridge')) return 'no-bridge'
  if (isFootbridgeError(error, 'unavailable')) return 'unavailable'
  if (isFootbridgeError(error, 'timeout')) return 'timeout'
  return 'failed'
}
