import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/**
 * Writes `text` to the file at `path`, for its owner alone, whole or not at all, in place of what was there. Makes the folder.
 * Throws what the system says.
 */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const draft = draftOf(path)
  try {
    await makeFolder(dirname(path))
    // Flushed, else a crash could leave an empty file under the name.
    await writeFile(draft, text, { mode: FILE_MODE, flag: 'wx', flush: true })
    await rename(draft, path)
  } finally {
    // A folder that could not be made holds none either.
    await rm(draft, { force: true }).catch(() => {})
  }
}

/** Where to write what is to be at `path` once it is whole. */
export function draftOf(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}`
}

/**
 * Makes a folder for its owner alone, like `mkdir` with `recursive`, which Node never returns from where the system
 * refuses new folders with ENOENT, as in /proc. Throws what the system says.
 */
export async function makeFolder(path: string): Promise<void> {
  if (await madeFolder(path)) return
  await makeFolder(dirname(path))
  // The folder above is there now, made by us or by another program. Where that is not enough, nothing will be.
  await mkdir(path, FOLDER_MODE).catch((error) => {
    if (!isErrno(error, 'EEXIST')) throw error
  })
}

/** False where the folder above is missing, or seems to be. */
async function madeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, FOLDER_MODE)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return true
    if (isErrno(error, 'ENOENT') && dirname(path) !== path) return false
    throw error
  }
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
