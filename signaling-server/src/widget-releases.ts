import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@footbridge/shared/node'

/** Of less than a megabyte each. */
const MAX_RELEASES = 20
const MAX_MANIFEST_BYTES = 65_536
/** What could not be kept is not tried again for so long, however often it is asked for. */
const RETRY_MS = 60_000
/** What an instance began to keep so long ago, it never finishes. */
const UNFINISHED_MS = 3_600_000
const UNFINISHED = '.new-'
const RELEASE = /^\d{1,4}\.\d{1,4}\.\d{1,4}-[0-9a-f]{16}$/
/** At the end of the name there are eight characters of a digest. A word of eight letters is none. */
const HASHED_FILE = /^[a-z][A-Za-z-]{0,40}-(?=\w*[A-Z0-9_])\w{8}\.js$/

export interface WidgetReleasesOptions {
  /** Where the built widget is. Its files need not be there yet. */
  readonly built: string
  /** Where releases are kept; made when there is one. */
  readonly kept: string
  readonly log: Log
}

/**
 * Every release of the widget that this server has served lately, each unchanged in a folder of its own. A site names
 * one with its digest in a snippet, so it must be there still when the server has long gone on to the next; and a page
 * that is open meanwhile finds the engine that its element was built with.
 */
export class WidgetReleases {
  readonly #options: WidgetReleasesOptions
  #keeping: Promise<void> | undefined
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(options: WidgetReleasesOptions) {
    this.#options = options
  }

  /** Keeps the release that is built now, if it is not kept yet, and no more than the newest {@link MAX_RELEASES}. */
  keep(): Promise<void> {
    this.#keeping ??= this.#keepBuilt()
      .catch((error: unknown) => {
        this.#failedAt = performance.now()
        this.#options.log.warn({ err: error }, 'failed to keep this release of the widget')
      })
      .finally(() => {
        this.#keeping = undefined
      })
    return this.#keeping
  }

  /** The folder of `release`, if it is kept or was built just now. */
  async folderOf(release: string): Promise<string | undefined> {
    if (!RELEASE.test(release)) return undefined
    const folder = join(this.#options.kept, release)
    if (!existsSync(folder) && performance.now() - this.#failedAt >= RETRY_MS) await this.keep()
    return existsSync(folder) ? folder : undefined
  }

  /** The folder of any release that has this file, if what is in it shows in its name. */
  async folderWith(file: string): Promise<string | undefined> {
    if (!isHashed(file)) return undefined
    const folders = (await this.#all()).map((release) => join(this.#options.kept, release))
    return folders.find((folder) => existsSync(join(folder, file)))
  }

  async #keepBuilt(): Promise<void> {
    const { built, kept } = this.#options
    const release = await releaseIn(built)
    if (release === undefined || existsSync(join(kept, release))) return
    await mkdir(kept, { recursive: true })
    const unfinished = await mkdtemp(join(kept, UNFINISHED))
    try {
      // What is a page stays where its policy is.
      await cp(built, unfinished, { recursive: true, filter: (path) => !isPage(path) })
      if (!(await isWhole(unfinished))) throw new Error('the widget was built anew meanwhile')
      await rename(unfinished, join(kept, release))
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true })
      // Another instance that shares the folder was faster.
      if (!existsSync(join(kept, release))) throw error
    }
    await this.#forgetOldest()
  }

  async #forgetOldest(): Promise<void> {
    const { kept } = this.#options
    const dated = await Promise.all(
      (await this.#all()).map(async (release) => ({
        release,
        since: (await stat(join(kept, release))).mtimeMs,
      })),
    )
    dated.sort((a, b) => b.since - a.since)
    for (const { release } of dated.slice(MAX_RELEASES))
      await rm(join(kept, release), { recursive: true, force: true })
    await this.#forgetUnfinished()
  }

  /** Of instances that were killed while they copied. */
  async #forgetUnfinished(): Promise<void> {
    const { kept } = this.#options
    const names = (await readdir(kept)).filter((name) => name.startsWith(UNFINISHED))
    for (const path of names.map((name) => join(kept, name))) {
      const since = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      )
      if (Date.now() - since > UNFINISHED_MS) await rm(path, { recursive: true, force: true })
    }
  }

  async #all(): Promise<string[]> {
    const names = await readdir(this.#options.kept).catch(() => [])
    return names.filter((name) => RELEASE.test(name))
  }
}

/** Whether the name of a file holds a digest of what is in it, so that it never changes: a release has it or has not. */
export function isHashed(file: string): boolean {
  return HASHED_FILE.test(file)
}

/** What the manifest of a built widget says it is. */
async function releaseIn(directory: string): Promise<string | undefined> {
  const { release } = await manifestIn(directory)
  return typeof release === 'string' && RELEASE.test(release) ? release : undefined
}

/** Whether each file is the one that the manifest lists. Pages are not kept. */
async function isWhole(directory: string): Promise<boolean> {
  const { files = {} } = await manifestIn(directory)
  const listed = Object.entries(files).filter(([name]) => !isPage(name))
  const found = await Promise.all(
    listed.map(async ([name, { integrity }]) => {
      const bytes = await readFile(join(directory, name)).catch(() => '')
      return `sha384-${createHash('sha384').update(bytes).digest('base64')}` === integrity
    }),
  )
  return found.every(Boolean)
}

interface Manifest {
  readonly release?: unknown
  readonly files?: Readonly<Record<string, { readonly integrity: string }>>
}

/** Empty if there is none. It is this program's own, and may be half there while it is being built. */
async function manifestIn(directory: string): Promise<Manifest> {
  const text = await readFile(join(directory, 'manifest.json'), 'utf8').catch(() => '')
  if (text.length > MAX_MANIFEST_BYTES) return {}
  try {
    return JSON.parse(text) as Manifest
  } catch {
    return {}
  }
}

function isPage(path: string): boolean {
  return path.endsWith('.html')
}
