import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FootbridgeError, formatInvitation, formatNetworkLink } from '@footbridge/shared'
import {
  type InvitedNetwork,
  isSystemError,
  loadInvitation,
  replacePrivateFile,
} from '@footbridge/shared/node'

const FILE = 'network'

export interface NetworkChoice {
  /** What the user gave: a file, a URL or a link; `undefined` for what was remembered. */
  readonly given: string | undefined
  readonly folder: string
  readonly signal: AbortSignal
}

/**
 * The network that the user names, or else the one that they named last: it is kept whole in `folder`, so that a URL
 * that is blocked later, or a file that goes, is needed once. Throws `usage` if there is none, or what `loadInvitation` does.
 */
export async function chooseNetwork({ given, folder, signal }: NetworkChoice): Promise<InvitedNetwork> {
  if (given !== undefined) return await loadInvitation(given, { signal })
  return await loadInvitation(await readLink(folder), { signal })
}

/**
 * Remembers `invited` for the next start, in a file for its owner alone: an invitation admits to a private pool, and a
 * descriptor tells that its owner uses this program. Throws `usage` where nothing can be written.
 */
export async function rememberNetwork({ network, secret }: InvitedNetwork, folder: string): Promise<void> {
  const link = secret === undefined ? formatNetworkLink(network) : formatInvitation(network, secret)
  try {
    await replacePrivateFile(join(folder, FILE), `${link}\n`)
  } catch (error) {
    throw new FootbridgeError(
      'usage',
      'the network cannot be remembered: check the owner and mode of the folder that --state names',
      { cause: error },
    )
  }
}

async function readLink(folder: string): Promise<string> {
  try {
    return (await readFile(join(folder, FILE), 'utf8')).trim()
  } catch (error) {
    const missing = isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    throw new FootbridgeError(
      'usage',
      missing
        ? 'no network is known yet: give the link that you were sent, as in footbridge LINK; it is remembered'
        : 'the network that was remembered cannot be read: check the owner and mode of the folder that --state names',
      { cause: error },
    )
  }
}
