import { FootbridgeError } from './errors.ts'
import type { Target } from './target.ts'

/**
 * A target inside every egress: a stream to it brings `PROBE_BYTES` bytes of zero and ends, so that a probe measures the
 * network and no site beyond it. `.invalid` is a name that DNS never knows
 * (RFC 6761), and the port that of the character generator (RFC 864).
 */
export const PROBE_TARGET: Target = { host: 'probe.footbridge.invalid', port: 19 }
export const PROBE_BYTES = 262_144

/** What a probe proves itself to signaling with. */
export const PROBE_TOKEN_BYTES = 32

/** How a probe fared. */
export const PROBE_OUTCOMES = [
  'ok', // it connected, and everything came
  'no-bridge', // nobody was there to help
  'unavailable', // signaling did not answer as it should
  'timeout', // no path in time
  'broken', // it connected, but what it asked for did not come whole
  'failed', // anything else
] as const
export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number]

/** What a probe tells signaling. */
export interface ProbeReport {
  readonly outcome: ProbeOutcome
  /** From knowing only the descriptor to a path on which streams can be opened. */
  readonly connectMs?: number
  /** Of `PROBE_BYTES`, from asking for them to the last of them. */
  readonly bytesPerSecond?: number
}

/** Well beyond what a probe waits for, and what any network carries. */
const MAX_CONNECT_MS = 600_000
const MAX_BYTES_PER_SECOND = 1e12

/** Checks what came as JSON. Throws `malformed`. */
export function parseProbeReport(value: unknown): ProbeReport {
  if (typeof value !== 'object' || value === null) throw malformed()
  const { outcome, connectMs, bytesPerSecond } = value as Record<string, unknown>
  if (!PROBE_OUTCOMES.includes(outcome as ProbeOutcome)) throw malformed()
  return {
    outcome: outcome as ProbeOutcome,
    ...(connectMs !== undefined && { connectMs: whole(connectMs, MAX_CONNECT_MS) }),
    ...(bytesPerSecond !== undefined && { bytesPerSecond: whole(bytesPerSecond, MAX_BYTES_PER_SECOND) }),
  }
}

function whole(value: unknown, most: number): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number
  throw malformed()
}

function malformed(): FootbridgeError {
  return new FootbridgeError('malformed', "a probe's report is malformed")
}
