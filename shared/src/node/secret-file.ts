import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { decodeBase64Url, encodeBase64Url } from '../bytes.ts'
import { FootbridgeError } from '../errors.ts'
import { draftOf, isErrno, makeFolder } from './private-file.ts'

const SECRET_MODE = 0o600

/**
 * The bytes kept in the file at `path`, as base64url text; on first use, those that `make` gives. File and folder are
 * made for their owner alone. Two programs that start at once get the same bytes, and a crash leaves no half a file.
 * Throws `usage` if the file cannot be read or written or holds something else than `length` bytes.
 */
export async function readOrMakeSecret(
  path: string,
  length: number,
  make: () => Uint8Array,
): Promise<Uint8Array> {
  const known = await readSecret(path, length)
  if (known !== undefined) return known
  await writeSecretOnce(path, make())
  const kept = await readSecret(path, length)
  if (kept === undefined) throw new FootbridgeError('usage', `${path} went away while it was being made`)
  return kept
}

/** The `length` bytes kept in the file at `path`; `undefined` if there is no such file. Throws `usage`. */
export async function readSecret(path: string, length: number): Promise<Uint8Array | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw new FootbridgeError('usage', `failed to read ${path}: check its owner and mode`, { cause: error })
  }
  try {
    const bytes = decodeBase64Url(text.trim())
    if (bytes.length === length) return bytes
  } catch {
    // Refused below, like a key of the wrong length.
  }
  throw new FootbridgeError(
    'usage',
    `${path} does not hold a key: restore it, or remove it to have a new one made`,
  )
}

/** Keeps `secret` in a new file at `path`, whole or not at all. A file that is there already stays as it is. */
async function writeSecretOnce(path: string, secret: Uint8Array): Promise<void> {
  const draft = draftOf(path)
  try {
    await makeFolder(dirname(path))
    await writeFile(draft, `${encodeBase64Url(secret)}\n`, { mode: SECRET_MODE, flag: 'wx', flush: true })
    // Unlike `rename`, `link` does not replace a file that another program made meanwhile.
    await link(draft, path)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return
    throw new FootbridgeError('usage', `failed to write ${path}: check the folder's owner and mode`, {
      cause: error,
    })
  } finally {
    await rm(draft, { force: true })
  }
}
