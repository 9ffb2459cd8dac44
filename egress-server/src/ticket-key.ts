import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { decodeBase64Url, equalBytes, FootbridgeError, fetchDescriptor, KEY_BYTES } from '@footbridge/shared'
import { type Log, readOrMakeSecret, readSecret } from '@footbridge/shared/node'

const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 60_000
const REFRESH_MS = 600_000

export interface TicketKeyOptions {
  /** The folder in which a fetched key is kept. */
  readonly stateDirectory: string
  readonly log: Log
  /** Ends the fetching. */
  readonly signal: AbortSignal
}

/**
 * Gives the key under which signaling signs tickets. `source` is the key itself, as base64url, or the URL of
 * signaling (`/v1/network` unless it has a path). From a URL the key may come later: until then it is `undefined`.
 * The first key that came is kept for good: whoever can answer in signaling's name afterwards still cannot sign
 * tickets. Another key is only reported. Throws `usage`.
 */
export async function openTicketKey(
  source: string,
  options: TicketKeyOptions,
): Promise<() => Uint8Array | undefined> {
  const url = parseUrl(source)
  if (url === undefined) {
    const key = parseKey(source)
    return () => key
  }
  const path = join(options.stateDirectory, 'ticket-key')
  let kept = await readSecret(path, KEY_BYTES)
  void keepFetching(url, options, async (key) => {
    kept ??= await readOrMakeSecret(path, KEY_BYTES, () => key)
    if (equalBytes(kept, key)) return
    options.log.warn(
      { path },
      'signaling has another ticket key than the one kept here: its tickets are refused. If the change is right, remove the file and start again',
    )
  })
  return () => kept
}

function parseUrl(source: string): string | undefined {
  if (!/^https?:\/\//.test(source) || !URL.canParse(source)) return undefined
  const url = new URL(source)
  if (url.pathname === '/') url.pathname = '/v1/network'
  return url.href
}

function parseKey(source: string): Uint8Array {
  try {
    const key = decodeBase64Url(source)
    if (key.length === KEY_BYTES) return key
  } catch {
    // Refused below, like a key of the wrong length.
  }
  throw new FootbridgeError(
    'usage',
    `a ticket key is an http or https URL, or ${KEY_BYTES} bytes in base64url`,
  )
}

async function keepFetching(
  url: string,
  { log, signal }: TicketKeyOptions,
  take: (key: Uint8Array) => Promise<void>,
): Promise<void> {
  let retryMs = FIRST_RETRY_MS
  while (!signal.aborted) {
    let waitMs = REFRESH_MS
    try {
      const { ticketKey } = await fetchDescriptor(url, signal)
      await take(decodeBase64Url(ticketKey))
      retryMs = FIRST_RETRY_MS
    } catch (error) {
      if (signal.aborted) return
      // Normal while servers start; worth a look when it lasts.
      log[retryMs < MAX_RETRY_MS ? 'debug' : 'warn'](
        { err: error },
        'signaling does not give its ticket key yet',
      )
      waitMs = retryMs
      retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)
    }
    await delay(waitMs, undefined, { signal, ref: false }).catch(() => {})
  }
}
