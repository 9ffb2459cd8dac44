import { open } from 'node:fs/promises'
import { decodeText } from '../bytes.ts'
import { MAX_DESCRIPTOR_CHARS } from '../constants.ts'
import { type NetworkDescriptor, parseDescriptor, parseNetworkLink } from '../descriptor.ts'
import { FootbridgeError, isFootbridgeError } from '../errors.ts'
import { fetchDescriptor } from '../fetch-descriptor.ts'

/**
 * The network descriptor that `source` names: the path of a file, an HTTP URL, or a `footbridge:` link.
 * Throws `usage` if the source itself is wrong (no such file, not a descriptor), `unavailable`, `timeout` or `aborted`.
 */
export async function loadNetwork(
  source: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<NetworkDescriptor> {
  try {
    if (source.startsWith('footbridge:')) return parseNetworkLink(source)
    if (/^https?:\/\//i.test(source)) return await fetchDescriptor(source, signal)
    return parseDescriptor(await readText(source))
  } catch (error) {
    if (!isFootbridgeError(error, 'malformed', 'too-large')) throw error
    throw new FootbridgeError('usage', `failed to load the network: ${error.message}`, { cause: error })
  }
}

async function readText(path: string): Promise<string> {
  const bytes = await readStart(path).catch(() => {
    // The system's own error quotes the path, which may be a mistyped link.
    throw new FootbridgeError(
      'usage',
      'failed to load the network: no such file can be read; give the path of a descriptor, its URL or a footbridge: link',
    )
  })
  return decodeText(bytes)
}

/** Enough of a file to tell that it is too long; no more, whatever it is. */
async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const buffer = new Uint8Array(MAX_DESCRIPTOR_CHARS + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length)
      length += bytesRead
      if (bytesRead === 0) return buffer.subarray(0, length)
    }
  } finally {
    await file.close()
  }
}
