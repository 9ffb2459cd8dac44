import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  checkDescriptor,
  isSigned,
  MAX_DESCRIPTOR_CHARS,
  type NetworkDescriptor,
  parseDescriptor,
} from '@footbridge/shared'
import { nodePrimitives } from '@footbridge/shared/node'

const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

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
export async function keepNetwork(path: string, network: NetworkDescriptor): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE })
  try {
    const file = await open(draft, 'wx', FILE_MODE)
    try {
      await file.writeFile(`${JSON.stringify(network)}\n`)
      // Else a crash could leave an empty file under the name.
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
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
