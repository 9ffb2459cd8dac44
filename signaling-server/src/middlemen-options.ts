import { FootbridgeError, type Middleman, type Middlemen } from '@footbridge/shared'

interface MiddlemenOptions {
  readonly front: readonly string[]
  readonly cache: readonly string[]
  readonly nostr: readonly string[]
  readonly mqtt: readonly string[]
}

/** What the command line says of ways in through others, for the network descriptor. Throws `usage`. */
export function parseMiddlemen({ front, cache, nostr, mqtt }: MiddlemenOptions): Middlemen {
  const mailboxes = [
    ...nostr.map((url) => mailbox('--nostr', /^wss?:/, url)),
    ...mqtt.map((url) => mailbox('--mqtt', /^mqtts?:/, url)),
  ]
  return {
    ...(front.length > 0 && { fronts: front.map(parseMiddleman) }),
    ...(cache.length > 0 && { caches: cache.map(parseMiddleman) }),
    ...(mailboxes.length > 0 && { mailboxes }),
  }
}

/** `URL` or `URL HOST`. */
function parseMiddleman(text: string): Middleman {
  const [url = '', host] = text.trim().split(/\s+/)
  return { url, ...(host !== undefined && { host }) }
}

function mailbox(option: string, scheme: RegExp, url: string): string {
  if (scheme.test(url)) return url
  throw new FootbridgeError(
    'usage',
    `${option} takes a URL such as ${option === '--nostr' ? 'wss' : 'mqtts'}://HOST`,
  )
}
