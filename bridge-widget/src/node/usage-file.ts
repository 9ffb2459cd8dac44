import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FootbridgeError } from '@footbridge/shared'
import { type Log, replacePrivateFile } from '@footbridge/shared/node'
import type { KeptText } from '../kept-text.ts'

/** The usage of a headless bridge across its runs, in a file for its owner alone. One program at a time uses it. */
export class UsageFile implements KeptText {
  readonly #path: string
  readonly #log: Log | undefined
  #text: string
  #writing: Promise<void> | undefined
  #hasWarned = false

  private constructor(path: string, text: string, log: Log | undefined) {
    this.#path = path
    this.#text = text
    this.#log = log
  }

  /** Throws `usage` if there is a file that cannot be read. */
  static async open(stateDirectory: string, log?: Log): Promise<UsageFile> {
    const path = join(stateDirectory, 'usage.json')
    try {
      return new UsageFile(path, await readFile(path, 'utf8'), log)
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
        return new UsageFile(path, '', log)
      }
      throw new FootbridgeError('usage', `failed to read ${path}: check its owner and mode`, { cause })
    }
  }

  read(): string {
    return this.#text
  }

  write(text: string): void {
    this.#text = text
    this.#writing ??= this.#writeOut()
  }

  /** Resolves when what was written last is on disk, or cannot be. */
  async flush(): Promise<void> {
    await this.#writing
  }

  /** Only the newest of those that come while one is being written. */
  async #writeOut(): Promise<void> {
    for (let written: string | undefined; written !== this.#text; ) {
      written = this.#text
      try {
        await replacePrivateFile(this.#path, written)
      } catch (error) {
        // Once: it is tried again every few seconds.
        if (this.#hasWarned) continue
        this.#hasWarned = true
        this.#log?.warn({ err: error }, 'what was passed on is not kept: check the owner and mode of --state')
      }
    }
    this.#writing = undefined
  }
}
