import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { FootbridgeError, isFootbridgeError } from '@footbridge/shared'
import type { Fetch } from './fetch.ts'

/** The URL of a page. Throws `usage`: others than http and https are nothing that the network carries. */
export function parsePageUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url
  throw new FootbridgeError('usage', 'give a whole http or https URL, such as https://example.org/')
}

/** Writes what `url` answers with to `out`, which stays open. Throws `unavailable`, or what `fetch` does. */
export async function printPage(fetch: Fetch, url: URL, out: Writable, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw isFootbridgeError(error) || signal.aborted ? error : failedFetch(error)
  })
  if (response.body !== null)
    await pipeline(Readable.fromWeb(response.body as ReadableStream), out, { end: false })
  if (!response.ok)
    throw new FootbridgeError('unavailable', `the site answered with HTTP status ${response.status}`)
}

/** `fetch` says the same of everything; what its cause says has names in it, but its code has not. */
function failedFetch(error: unknown): FootbridgeError {
  const { code = 'unknown' } = ((error as Error).cause ?? {}) as { code?: string }
  return new FootbridgeError(
    'unavailable',
    `the site's answer failed (${code}); check the URL, and try again`,
  )
}
