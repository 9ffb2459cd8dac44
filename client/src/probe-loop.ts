import { setTimeout as sleep } from 'node:timers/promises'
import { FootbridgeError, type ProbeReport } from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'

const MINUTE_MS = 60_000
/** When in each minute to go: early enough that the report comes within the same one. */
const SECOND_OF_MINUTE_MS = 5_000
const REPORT_TIMEOUT_MS = 10_000

export interface ProbeLoopOptions {
  readonly probe: () => Promise<ProbeReport>
  readonly report: (report: ProbeReport) => Promise<void>
  readonly log: Log
  readonly signal: AbortSignal
}

/** Probes now and then once a minute, until `signal` fires. A report that does not arrive is a gap, and no reason to stop. */
export async function probeEachMinute({ probe, report, log, signal }: ProbeLoopOptions): Promise<void> {
  while (!signal.aborted) {
    const result = await probe()
    log.info(result, 'probed')
    await report(result).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, 'failed to report')
    })
    await sleep(untilNextProbe(Date.now()), undefined, { signal })
  }
}

/** Milliseconds from `now` to the moment of the next minute in which to go. */
export function untilNextProbe(now: number): number {
  return MINUTE_MS - ((now - SECOND_OF_MINUTE_MS) % MINUTE_MS)
}

/** Tells the signaling server at `origin`. Throws `unavailable`. */
export async function sendReport(
  report: ProbeReport,
  {
    origin,
    token,
    signal,
  }: { readonly origin: string; readonly token: string; readonly signal: AbortSignal },
): Promise<void> {
  const response = await fetch(new URL('/v1/probes', origin), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(report),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(REPORT_TIMEOUT_MS)]),
  }).catch((cause: unknown) => {
    throw new FootbridgeError('unavailable', 'signaling cannot be reached for the report', { cause })
  })
  await response.body?.cancel()
  if (!response.ok) throw new FootbridgeError('unavailable', `signaling answered with ${response.status}`)
}
