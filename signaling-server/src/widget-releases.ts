import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@footbridge/shared/node'

/** Of less than a megabyte each. */
const MAX_RELEASES = 20
const MAX_MANIFEST_BYTES = 65_536
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

  constructor(options: WidgetReleasesOptions) {
    this.#options = options
  }

  /** Keeps the release that is built now, if it is not kept yet, and no more than the newest {@link MAX_RELEASES}. */
  keep(): Promise<void> {
    this.#keeping ??= this.#keepBuilt()
      .catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'failed to keep this release of the widget'),
      )
      .finally(() => {
        this.#keeping = undefined
      })
    return this.#keeping
  }

  /** The folder of `release`, if it is kept or was built just now. */
  async folderOf(release: string): Promise<string | undefined> {
    if (!RELEASE.test(release)) return undefined
    const folder = join(this.#options.kept, release)
    if (!existsSync(folder)) await this.keep()
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
    const unfinished = await mkdtemp(join(kept, '.new-'))
    try {
      // What is a page stays where its policy is.
      await cp(built, unfinished, { recursive: true, filter: (path) => !path.endsWith('.html') })
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
  const text = await readFile(join(directory, 'manifest.json'), 'utf8').catch(() => '')
  if (text.length > MAX_MANIFEST_BYTES) return undefined
  try {
    const { release } = JSON.parse(text) as { release?: unknown }
    return typeof release === 'string' && RELEASE.test(release) ? release : undefined
  } catch {
    return undefined
  }
}
