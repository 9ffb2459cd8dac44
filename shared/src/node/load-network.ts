import { open } from 'node:fs/promises'
import { decodeText } from '../bytes.ts'
import { MAX_DESCRIPTOR_CHARS } from '../constants.ts'
import {
  type NetworkDescriptor,
  parseDescriptor,
  parseNetworkLink,
  validateDescriptor,
} from '../descriptor.ts'
import { checkDescriptor } from '../descriptor-life.ts'
import { type ErrorCode, FootbridgeError, isFootbridgeError } from '../errors.ts'
import { fetchDescriptor } from '../fetch-descriptor.ts'
import { parseInvitation } from '../invitation.ts'
import { nodePrimitives } from './node-primitives.ts'

/** A network, and the secret of the private pool that one was invited to, if any. */
export interface InvitedNetwork {
  readonly network: NetworkDescriptor
  readonly secret: Uint8Array | undefined
}

/** Like `loadNetwork`, for those who can be in a private pool: its secret follows a link or a URL after `#`. */
export async function loadInvitation(
  source: NetworkDescriptor | string,
  options: { readonly signal: AbortSignal },
): Promise<InvitedNetwork> {
  // A file's path may have any character.
  if (typeof source !== 'string' || !/^(?:footbridge|https?):/i.test(source)) {
    return { network: await loadNetwork(source, options), secret: undefined }
  }
  try {
    const { network, secret } = parseInvitation(source)
    return { network: await loadNetwork(network, options), secret }
  } catch (error) {
    throw isFootbridgeError(error, 'malformed', 'protocol') ? failure('usage', error.message, error) : error
  }
}

/**
 * The network descriptor that `source` names: the path of a file, an HTTP URL, or a `footbridge:` link; or `source` itself,
 * checked, its signature too if it has one. Throws `usage` if the source is wrong (no such file, not a descriptor, not as it
 * was signed), `unavailable` or `aborted`.
 */
export async function loadNetwork(
  source: NetworkDescriptor | string,
  { signal }: { readonly signal: AbortSignal },
): Promise<NetworkDescriptor> {
  try {
    const network = await readNetwork(source, signal)
    checkDescriptor(network, nodePrimitives)
    return network
  } catch (error) {
    if (isFootbridgeError(error, 'malformed', 'too-large', 'protocol', 'not-authentic')) {
      throw failure('usage', error.message, error)
    }
    if (!isFootbridgeError(error, 'unavailable')) throw error
    const remedy = 'check the URL and that you are online, or use a footbridge: link or a file'
    throw failure('unavailable', `${error.message}; ${remedy}`, error)
  }
}

async function readNetwork(
  source: NetworkDescriptor | string,
  signal: AbortSignal,
): Promise<NetworkDescriptor> {
  if (typeof source !== 'string') return validateDescriptor(source)
  if (source.startsWith('footbridge:')) return parseNetworkLink(source)
  if (/^https?:\/\//i.test(source)) return await fetchDescriptor(checkUrl(source), signal)
  return parseDescriptor(await readText(source))
}

function failure(code: ErrorCode, problem: string, cause?: FootbridgeError): FootbridgeError {
  return new FootbridgeError(code, `failed to load the network: ${problem}`, { cause })
}

function checkUrl(text: string): string {
  if (!URL.canParse(text)) throw failure('usage', 'its URL is not one; give a whole one, host included')
  return text
}

async function readText(path: string): Promise<string> {
  const bytes = await readStart(path).catch(() => {
    // The system's own error quotes the path, which may be a mistyped link.
    throw failure(
      'usage',
      'no such file can be read; give the path of a descriptor, its URL or a footbridge: link',
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
