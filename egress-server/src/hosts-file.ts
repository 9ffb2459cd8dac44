import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'

const SYSTEM_HOSTS_FILE =
  process.platform === 'win32' ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts` : '/etc/hosts'

/** The addresses of each name (in lower case) of a hosts file; see hosts(5). */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const addressesOf = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (!isIP(address)) continue
    for (const name of names) {
      const key = name.toLowerCase()
      addressesOf.set(key, [...(addressesOf.get(key) ?? []), address])
    }
  }
  return addressesOf
}

/** The machine's own list of names, read again only when the file changed. A file that cannot be read is empty. */
export class HostsFile {
  readonly #path: string
  #addressesOf: ReadonlyMap<string, readonly string[]> = new Map()
  #modifiedMs: number | undefined

  constructor(path: string = SYSTEM_HOSTS_FILE) {
    this.#path = path
  }

  async addressesOf(name: string): Promise<readonly string[]> {
    try {
      const { mtimeMs } = await stat(this.#path)
      if (mtimeMs !== this.#modifiedMs) {
        this.#addressesOf = parseHosts(await readFile(this.#path, 'utf8'))
        this.#modifiedMs = mtimeMs
      }
    } catch {
      this.#addressesOf = new Map()
      this.#modifiedMs = undefined
    }
    return this.#addressesOf.get(name.toLowerCase()) ?? []
  }
}
