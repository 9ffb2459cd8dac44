import { FootbridgeError, parseInvitation, parseNetworkLink } from '@footbridge/shared'
import { withdrawConsent } from '../src/consent.ts'

/** Where the volunteer's choice is kept. */
export const NETWORK_KEY = 'footbridge:network'

/** URL of the network that this build is for, if it is for one. */
declare const NETWORK: string | undefined

/** URL of the descriptor of the network that the volunteer helps, or `undefined` before there is a choice. */
export function chosenNetwork(): string | undefined {
  return localStorage.getItem(NETWORK_KEY) ?? (typeof NETWORK === 'undefined' ? undefined : NETWORK)
}

/** Who chooses another network has not agreed to run a bridge of that one, whether or not one runs now to hear of it. */
export function chooseNetwork(url: string): void {
  if (url !== chosenNetwork()) withdrawConsent()
  localStorage.setItem(NETWORK_KEY, url)
}

/**
 * URL of a network's descriptor, from what a volunteer was given: that URL, the address of a signaling server, or a
 * `footbridge:` link, of which only the way to the first server counts: what the network is today, that server knows.
 * Throws `malformed` for what is none of these, `too-large`, and `usage` for an invitation to a private pool.
 */
export function parseNetworkChoice(text: string): string {
  const { network, secret } = parseInvitation(withScheme(text.trim()))
  // To help everybody is not what it invites to.
  if (secret !== undefined) {
    throw new FootbridgeError('usage', 'the extension helps everybody, not a private pool')
  }
  if (!/^footbridge:/i.test(network)) return descriptorUrl(network)
  const [signaling = ''] = parseNetworkLink(network).signaling
  return descriptorUrl(`${signaling}/v1/network`)
}

function withScheme(text: string): string {
  return /^[\w.-]+(:\d+)?(\/|$)/.test(text) ? `https://${text}` : text
}

/** Browsers let no extension reach a server by plain HTTP, but for one on the same machine. */
function descriptorUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLocal = url?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (url === undefined || !(url.protocol === 'https:' || isLocal) || url.username || url.password) {
    throw new FootbridgeError('malformed', 'this is not the address of a network')
  }
  return url.href
}
