import { isIP, isIPv6 } from 'node:net'
import { FootbridgeError, withDeadline } from '@footbridge/shared'
import type { Policy } from './policy.ts'

/** Longest wait for the name servers. */
const LOOKUP_TIMEOUT_MS = 5_000
/** Addresses of one name that are tried at most. */
const MAX_ADDRESSES = 16

/**
 * Finds the addresses of a name, both families, in any order; none if it has none. Rejects with the signal's reason
 * when that fires.
 */
export type Lookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>

export interface ResolveOptions {
  readonly policy: Policy
  readonly lookup: Lookup
  readonly signal: AbortSignal
}

/**
 * The addresses to connect to for `host`, in the order to try them. They passed the policy and are what must be
 * connected to: asking for the name again could bring other addresses (DNS rebinding). Throws `unknown-host`,
 * `not-allowed`, `timeout` or `aborted`.
 */
export async function resolveHost(host: string, options: ResolveOptions): Promise<string[]> {
  const { policy, lookup, signal } = options
  const found = isIP(host)
    ? [host]
    : await withDeadline({ signal, timeoutMs: LOOKUP_TIMEOUT_MS, task: 'looking up the target' }, (signal) =>
        lookup(host, signal),
      )
  if (found.length === 0) throw new FootbridgeError('unknown-host', "the target's name has no address")
  const allowed = found.filter((address) => policy.allowsAddress(address))
  if (allowed.length === 0) {
    throw new FootbridgeError('not-allowed', 'this egress does not connect to private or reserved addresses')
  }
  return interleaveFamilies(allowed).slice(0, MAX_ADDRESSES)
}

/** Families take turns, IPv6 first (RFC 8305, section 4), so that one that does not work costs one attempt. */
function interleaveFamilies(addresses: readonly string[]): string[] {
  const six = addresses.filter((address) => isIPv6(address))
  const four = addresses.filter((address) => !isIPv6(address))
  return Array.from({ length: Math.max(six.length, four.length) }, (_, index) => [
    ...six.slice(index, index + 1),
    ...four.slice(index, index + 1),
  ]).flat()
}
