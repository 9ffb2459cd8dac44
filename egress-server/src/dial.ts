import type { OnReadOpts, Socket } from 'node:net'
import { FootbridgeError, type Target, withDeadline } from '@footbridge/shared'
import { type Connect, connectFirst } from './happy-eyeballs.ts'
import type { Policy } from './policy.ts'
import { type Lookup, resolveHost } from './resolve.ts'

/** Longest way from a target's name to an open TCP connection. */
const DIAL_TIMEOUT_MS = 10_000

export interface DialOptions {
  readonly policy: Policy
  readonly lookup: Lookup
  readonly signal: AbortSignal
  /** Takes what the target sends, in place of the socket's `data` events. */
  readonly onread?: OnReadOpts
  readonly timeoutMs?: number
  /** Stands in for `net.connect`. */
  readonly connect?: Connect
}

/**
 * Opens a TCP connection (paused, no Nagle delay, half-open allowed) to a target that the policy allows. Throws
 * `FootbridgeError`: `not-allowed`, `unknown-host`, `refused`, `unreachable`, `reset`, `timeout`, `limit`, `aborted`
 * or, for anything else, `unavailable`.
 */
export async function dialTarget(target: Target, options: DialOptions): Promise<Socket> {
  const { policy, lookup, signal, onread, timeoutMs = DIAL_TIMEOUT_MS, connect } = options
  if (!policy.allowsPort(target.port)) {
    throw new FootbridgeError('not-allowed', 'this egress does not connect to that port')
  }
  return await withDeadline({ signal, timeoutMs, task: 'connecting to the target' }, async (signal) => {
    const addresses = await resolveHost(target.host, { policy, lookup, signal })
    return await connectFirst(addresses, target.port, {
      signal,
      ...(onread && { onread }),
      ...(connect && { connect }),
    })
  })
}
