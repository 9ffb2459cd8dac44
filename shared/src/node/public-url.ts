import { FootbridgeError } from '../errors.ts'
import { formatListenAddress, type ListenAddress } from './listen.ts'

const EVERY_INTERFACE: ReadonlySet<string> = new Set(['', '0.0.0.0', '::'])

/**
 * The HTTP origin under which others reach a server: what its operator says, or else where it listens. Throws `usage`
 * for what is no origin, and if nothing is said and the server listens on every interface, which is no address.
 */
export function publicOrigin(given: string | undefined, bound: ListenAddress): string {
  if (given === undefined) {
    if (!EVERY_INTERFACE.has(bound.host)) return `http://${formatListenAddress(bound)}`
    throw new FootbridgeError('usage', '--public-url is needed when a server listens on every interface')
  }
  const url = URL.canParse(given) ? new URL(given) : undefined
  // A path, query, fragment or credentials would all show in `href`.
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new FootbridgeError(
      'usage',
      '--public-url must be an http or https URL of scheme, host and port alone',
    )
  }
  return url.origin
}
