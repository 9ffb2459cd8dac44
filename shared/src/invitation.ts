import { encodeBase64Url } from './bytes.ts'
import { formatNetworkLink, type NetworkDescriptor } from './descriptor.ts'
import { parsePoolSecret } from './pool.ts'

/** What somebody was given to find a network by: its link or URL, and what admits to a private pool, if anything. */
export interface Invitation {
  /** A `footbridge:` link, or the URL of a descriptor. */
  readonly network: string
  readonly secret: Uint8Array | undefined
}

/** A link that carries `network` whole, and admits to the pool behind `#`: what follows it no program sends anywhere. */
export function formatInvitation(network: NetworkDescriptor, secret: Uint8Array): string {
  return `${formatNetworkLink(network)}#${encodeBase64Url(secret)}`
}

/**
 * Takes the secret off a `footbridge:` link or a URL, which may have none. The URL of a signaling server alone
 * stands for that of its descriptor. Throws `malformed` for a secret that is none.
 */
export function parseInvitation(text: string): Invitation {
  const at = text.indexOf('#')
  const network = at < 0 ? text : text.slice(0, at)
  return {
    network: /^https?:\/\/[^/]+\/?$/i.test(network) ? new URL('/v1/network', network).href : network,
    secret: at < 0 ? undefined : parsePoolSecret(text.slice(at + 1)),
  }
}
