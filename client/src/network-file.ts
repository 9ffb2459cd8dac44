import { readFile } from 'node:fs/promises'
import {
  checkDescriptor,
  isSigned,
  MAX_DESCRIPTOR_CHARS,
  type NetworkDescriptor,
  parseDescriptor,
} from '@footbridge/shared'
import { nodePrimitives, replacePrivateFile } from '@footbridge/shared/node'

/**
 * The newer of `given` and what was kept in the file at `path` of the same network. A file that cannot be read, or was
 * altered, counts for nothing: it is a memory, no more.
 */
export async function newestNetwork(path: string, given: NetworkDescriptor): Promise<NetworkDescriptor> {
  if (!isSigned(given)) return given
  const kept = await readNetwork(path)
  const isNewer = kept?.networkKey === given.networkKey && (kept.sequence ?? 0) > given.sequence
  return kept && isNewer ? kept : given
}

/** Keeps `network` in the file at `path`, whole or not at all, for its owner alone. Throws what the system says. */
export function keepNetwork(path: string, network: NetworkDescriptor): Promise<void> {
  return replacePrivateFile(path, `${JSON.stringify(network)}\n`)
}

async function readNetwork(path: string): Promise<NetworkDescriptor | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.length > MAX_DESCRIPTOR_CHARS) return undefined
    const network = parseDescriptor(text)
    checkDescriptor(network, nodePrimitives)
    return network
  } catch {
    return undefined
  }
}
