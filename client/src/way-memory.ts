import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { decodeBase64Url, encodeBase64Url, encodeText, parseIpAddress } from '@footbridge/shared'
import { nodePrimitives, replacePrivateFile } from '@footbridge/shared/node'

const FILE = 'ways.json'
const KEY_BYTES = 32
const NAME_BYTES = 12
const MAX_NETWORKS = 8
const MAX_WAYS = 4
/** Several times what a full one has. */
const MAX_FILE_CHARS = 16_384
const HASH = /^[A-Za-z0-9_-]{16}$/

export interface WayMemoryOptions {
  /** Folder of the file that keeps it. Default: it is in memory only. */
  readonly directory?: string | undefined
  /** Tells the network this machine is in from others. Default: by the prefixes of its addresses. */
  readonly here?: () => string
}

/** What a file holds: hashes under its key, of networks and in each of ways. */
interface Kept {
  readonly key: Uint8Array
  /** The latest comes last; of the ways in each, the one that worked last comes first. */
  readonly networks: Map<string, readonly string[]>
}

/**
 * Which ways in worked, in each of the last few networks that this machine was in. What is kept of networks and ways are
 * hashes under a key in the same file: it says nothing to who does not know what to look for.
 */
export class WayMemory {
  readonly #path: string | undefined
  readonly #here: () => string
  readonly #kept: Kept
  #writing: Promise<void> = Promise.resolve()

  private constructor(kept: Kept, { directory, here = prefixesOfOwnAddresses }: WayMemoryOptions) {
    this.#kept = kept
    this.#here = here
    this.#path = directory === undefined ? undefined : join(directory, FILE)
  }

  /** A file that cannot be read counts as none. */
  static async open(options: WayMemoryOptions = {}): Promise<WayMemory> {
    const { directory } = options
    const kept = directory === undefined ? undefined : await read(join(directory, FILE))
    return new WayMemory(kept ?? { key: nodePrimitives.randomBytes(KEY_BYTES), networks: new Map() }, options)
  }

  /** Those of `names` that worked in this network, best first. */
  best(names: readonly string[]): readonly string[] {
    // Asking the system for its addresses takes a new process some milliseconds.
    if (this.#kept.networks.size === 0) return []
    const hashes = this.#kept.networks.get(this.#network)
    if (hashes === undefined) return []
    const known = new Map(names.map((name) => [this.#hash('way', name), name]))
    return hashes.flatMap((hash) => known.get(hash) ?? [])
  }

  worked(name: string): void {
    this.#change((ways, hash) => [hash, ...ways.filter((other) => other !== hash)].slice(0, MAX_WAYS), name)
  }

  failed(name: string): void {
    this.#change((ways, hash) => ways.filter((other) => other !== hash), name)
  }

  /** Resolves once everything is on the disk. */
  async saved(): Promise<void> {
    await this.#writing
  }

  get #network(): string {
    return this.#hash('network', this.#here())
  }

  #hash(kind: string, text: string): string {
    const digest = nodePrimitives.hmacSha256(this.#kept.key, encodeText(`${kind} ${text}`))
    return encodeBase64Url(digest.subarray(0, NAME_BYTES))
  }

  #change(change: (ways: readonly string[], hash: string) => readonly string[], name: string): void {
    const { networks } = this.#kept
    const network = this.#network
    const before = networks.get(network) ?? []
    const after = change(before, this.#hash('way', name))
    if (after.join() === before.join()) return
    networks.delete(network)
    if (after.length > 0) networks.set(network, after)
    const [oldest] = networks.keys()
    if (oldest !== undefined && networks.size > MAX_NETWORKS) networks.delete(oldest)
    const path = this.#path
    // What cannot be kept is learned again.
    if (path !== undefined) this.#writing = this.#writing.then(() => write(path, this.#kept)).catch(() => {})
  }
}

async function read(path: string): Promise<Kept | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.length > MAX_FILE_CHARS) return undefined
    const { key, networks } = JSON.parse(text) as { key: string; networks: [string, string[]][] }
    const bytes = decodeBase64Url(key)
    const known = networks
      .slice(-MAX_NETWORKS)
      .map(([network, ways]) => [network, ways.slice(0, MAX_WAYS)] as const)
    const isWhole = known.every(([network, ways]) => [network, ...ways].every((hash) => HASH.test(hash)))
    return bytes.length === KEY_BYTES && isWhole ? { key: bytes, networks: new Map(known) } : undefined
  } catch {
    // None yet, or not one of ours.
    return undefined
  }
}

function write(path: string, { key, networks }: Kept): Promise<void> {
  const text = JSON.stringify({ key: encodeBase64Url(key), networks: [...networks] })
  return replacePrivateFile(path, `${text}\n`)
}

/** The machine's own addresses may change within a network; their prefixes do not. */
function prefixesOfOwnAddresses(): string {
  const prefixes = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .map(({ address, netmask }) => {
      const mask = parseIpAddress(netmask)
      return parseIpAddress(address)
        ?.map((byte, at) => byte & (mask?.[at] ?? 0))
        .join('.')
    })
  return [...new Set(prefixes)].sort().join()
}
