import { FootbridgeError } from './errors.ts'

export interface FetchTextOptions {
  readonly maxBytes: number
  /** For everything, from the look-up of the name to the last byte. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/**
 * The text that `GET url` answers with. Follows no redirect: whoever was named is who answers.
 * Throws `too-large`, `aborted` if `signal` fired, or `unavailable`; no message names the server.
 */
export async function fetchText(
  url: string,
  { maxBytes, timeoutMs, signal }: FetchTextOptions,
): Promise<string> {
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new FootbridgeError('unavailable', `the server answered with HTTP status ${response.status}`)
    }
    return await boundedText(response, maxBytes)
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

async function boundedText(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for (;;) {
    const chunk = await reader?.read()
    if (!chunk || chunk.done) return text + decoder.decode()
    length += chunk.value.length
    if (length > maxBytes) {
      await reader?.cancel()
      throw new FootbridgeError('too-large', `the server's answer has more than ${maxBytes} bytes`)
    }
    text += decoder.decode(chunk.value, { stream: true })
  }
}
