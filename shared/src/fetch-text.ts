import { concat } from './bytes.ts'
import { FootbridgeError } from './errors.ts'

export interface FetchTextOptions {
  readonly maxBytes: number
  /** For everything, from the look-up of the name to the last byte. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * The text that `GET url` answers with. Follows no redirect: whoever was named is who answers.
 * Throws `too-large`, `aborted` if `signal` fired, or `unavailable`; no message names the server.
 */
export async function fetchText(
  url: string,
  { maxBytes, timeoutMs, signal, headers = {} }: FetchTextOptions,
): Promise<string> {
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      redirect: 'error',
      headers,
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new FootbridgeError('unavailable', `the server answered with HTTP status ${response.status}`)
    }
    return new TextDecoder().decode(await boundedBytes(response, maxBytes))
  } catch (error) {
    if (error instanceof FootbridgeError) throw error
    if (signal?.aborted) throw new FootbridgeError('aborted', 'fetching was given up')
    // No `cause`: it names the server's address.
    throw new FootbridgeError(
      'unavailable',
      deadline.aborted ? `the server did not answer within ${timeoutMs} ms` : 'the server cannot be reached',
    )
  }
}

/**
 * The body of `response`, decompressed, which no header tells the length of. Throws `too-large` as soon as there are more
 * than `maxBytes`.
 */
export async function boundedBytes(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const chunk = await reader?.read()
    if (!chunk || chunk.done) return concat(...chunks)
    length += chunk.value.length
    if (length > maxBytes) {
      await reader?.cancel()
      throw new FootbridgeError('too-large', `the server's answer has more than ${maxBytes} bytes`)
    }
    chunks.push(chunk.value)
  }
}
