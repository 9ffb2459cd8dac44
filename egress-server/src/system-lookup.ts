import { Resolver } from 'node:dns/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { FootbridgeError } from '@footbridge/shared'
import { HostsFile } from './hosts-file.ts'
import type { Lookup } from './resolve.ts'

/** First wait of each query, doubled for the second: both fit into `LOOKUP_TIMEOUT_MS`. */
const QUERY_TIMEOUT_MS = 1_500
const QUERY_TRIES = 2
/** How long IPv6 addresses may come after the IPv4 ones (RFC 8305, section 3: "Resolution Delay"). */
const RESOLUTION_DELAY_MS = 50

export interface SystemLookupOptions {
  /** Path of the hosts file. */
  readonly hostsFile?: string
  /** Name servers as `address:port`; default: those of the system. */
  readonly servers?: readonly string[]
}

/**
 * Looks names up in the hosts file, then in the DNS. Not by `getaddrinfo`: that runs two at a time in libuv's thread
 * pool and cannot be cancelled, so a few names with dead name servers would stop every session's lookups.
 */
export function createSystemLookup(options: SystemLookupOptions = {}): Lookup {
  const hosts = new HostsFile(options.hostsFile)
  return async (name, signal) => {
    const listed = await hosts.addressesOf(name)
    return listed.length > 0 ? listed : await askNameServers(name, signal, options.servers)
  }
}

async function askNameServers(
  name: string,
  signal: AbortSignal,
  servers?: readonly string[],
): Promise<string[]> {
  // One resolver a lookup (20 µs), since cancelling stops all queries of a resolver.
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES })
  if (servers !== undefined) resolver.setServers(servers)
  const cancel = () => resolver.cancel()
  signal.throwIfAborted()
  signal.addEventListener('abort', cancel)
  try {
    const six = settle(resolver.resolve6(name))
    const four = await settle(resolver.resolve4(name))
    const late = four.addresses.length > 0 ? delay(RESOLUTION_DELAY_MS, NO_ANSWER) : six
    const answers = [await Promise.race([six, late]), four]
    signal.throwIfAborted()
    const addresses = answers.flatMap((answer) => answer.addresses)
    if (addresses.length === 0 && answers.some((answer) => answer.timedOut)) {
      throw new FootbridgeError('timeout', 'the name servers did not answer')
    }
    return addresses
  } finally {
    signal.removeEventListener('abort', cancel)
    resolver.cancel()
  }
}

interface Answer {
  readonly addresses: readonly string[]
  readonly timedOut: boolean
}

const NO_ANSWER: Answer = { addresses: [], timedOut: false }

/** The error's text names the host, so only what kind it was is kept. */
async function settle(query: Promise<string[]>): Promise<Answer> {
  try {
    return { addresses: await query, timedOut: false }
  } catch (error) {
    return { addresses: [], timedOut: (error as NodeJS.ErrnoException).code === 'ETIMEOUT' }
  }
}
