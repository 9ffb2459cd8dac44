import { createHash, timingSafeEqual } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { text } from 'node:stream/consumers'
import { FootbridgeError } from '@footbridge/shared'

/** Short ones can be guessed by whoever is on the same network; nobody counts the attempts. */
const MIN_PASSWORD_CHARS = 12
/** More of the file than this is not read, whatever it is. */
const MAX_FILE_BYTES = 4_096
/** What the login of SOCKS5 can carry (RFC 1929). */
const MAX_PASSWORD_BYTES = 255

/** The password of a proxy that others can reach. Any user name goes with it. It shows in nothing that is printed. */
export class ProxyPassword {
  readonly #text: string
  readonly #digest: Buffer

  /** Throws `usage` for one that is too short or too long. */
  constructor(text: string) {
    if (text.length < MIN_PASSWORD_CHARS || Buffer.byteLength(text) > MAX_PASSWORD_BYTES) {
      throw new FootbridgeError(
        'usage',
        `the password of the proxy must have ${MIN_PASSWORD_CHARS} to ${MAX_PASSWORD_BYTES} characters`,
      )
    }
    this.#text = text
    this.#digest = digest(text)
  }

  /** Whether `given` is the password; how long it takes says nothing of how much of it is. */
  admits(given: Uint8Array | string): boolean {
    return timingSafeEqual(digest(given), this.#digest)
  }

  /** For those who are to use it: `NAME:PASSWORD`, as it stands in a URL. */
  get credentials(): string {
    return `footbridge:${encodeURIComponent(this.#text)}`
  }
}

/** The password in the first line of the file at `path`. Throws `usage`. */
export async function readProxyPassword(path: string): Promise<ProxyPassword> {
  const start = createReadStream(path, { end: MAX_FILE_BYTES - 1 })
  const content = await text(start).catch((error: unknown) => {
    throw new FootbridgeError(
      'usage',
      'the file of --password-file cannot be read: check its path and mode',
      {
        cause: error,
      },
    )
  })
  const [line = ''] = content.split('\n')
  return new ProxyPassword(line.trim())
}

// Of equal length whatever is given, as `timingSafeEqual` demands.
function digest(text: Uint8Array | string): Buffer {
  return createHash('sha256').update(text).digest()
}
