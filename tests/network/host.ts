import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EmulatedLink, LinkShape } from './emulated-link.ts'
import { type ExecuteOptions, execute } from './execute.ts'
import type { Namespace } from './namespace.ts'
import { Program, type ProgramOptions } from './program.ts'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const RUN_TYPESCRIPT = ['--conditions=@footbridge/source', '--import', 'tsx']
/** Times that the processes of a host are looked for: those not yet stopped may have started others. */
const FREEZE_ROUNDS = 3

export interface HostParts {
  readonly name: string
  readonly address: string
  readonly publicAddress: string
  /** For files of its own. */
  readonly folder: string
  readonly namespace: Namespace
  /** Present if the host was added with a link of its own shape. */
  readonly link: EmulatedLink | undefined
  /** Lets everything from and to the host through, or nothing. */
  readonly setCut: (cut: boolean) => Promise<void>
}

/** A computer in the box. */
export class Host {
  readonly name: string
  /** What its own interface has: a private one behind a NAT. */
  readonly address: string
  /** Under which others see it. */
  readonly publicAddress: string
  readonly #folder: string
  readonly #namespace: Namespace
  readonly #link: EmulatedLink | undefined
  readonly #setCut: (cut: boolean) => Promise<void>
  readonly #programs = new Set<Program>()

  constructor(parts: HostParts) {
    this.name = parts.name
    this.address = parts.address
    this.publicAddress = parts.publicAddress
    this.#folder = parts.folder
    this.#namespace = parts.namespace
    this.#link = parts.link
    this.#setCut = parts.setCut
  }

  /** The command that runs `command` here. */
  commandFor(command: string, ...args: readonly string[]): [command: string, ...args: string[]] {
    return ['ip', ...this.#namespace.inside(command, ...args)]
  }

  /** Starts a program here. */
  run(command: string, args: readonly string[] = [], options: ProgramOptions = {}): Program {
    const program = new Program('ip', this.#namespace.inside(command, ...args), options)
    this.#programs.add(program)
    void program.exited.then(() => this.#programs.delete(program))
    return program
  }

  /** Starts a TypeScript program of the repository here, with an IPC channel. */
  runSource(path: string, args: readonly string[] = [], options: ProgramOptions = {}): Program {
    return this.run(process.execPath, [...RUN_TYPESCRIPT, join(ROOT, path), ...args], {
      ipc: true,
      workingFolder: ROOT,
      ...options,
    })
  }

  /** Runs a program here to its end; resolves to what it prints. */
  execute(command: string, args: readonly string[] = [], options: ExecuteOptions = {}): Promise<Buffer> {
    return execute('ip', this.#namespace.inside(command, ...args), options)
  }

  /** A file that runs `command` here, for those who start a program by its path: Playwright, say. */
  async launcher(command: string): Promise<string> {
    const path = join(this.#folder, `${this.name}-${basename(command)}`)
    const script = `#!/bin/sh\nexec ip ${this.#namespace.inside(command).join(' ')} "$@"\n`
    await writeFile(path, script, { mode: 0o755 })
    return path
  }

  /** Changes the link. Only for a host that was added with a shape. */
  async shape(shape: LinkShape): Promise<void> {
    if (this.#link === undefined) throw new Error(`${this.name} was added without the shape of a link`)
    await this.#link.shape(shape)
  }

  /** Stops every program here where it is. The kernel still answers for it, as that of a sleeping tab's computer does. */
  async freeze(): Promise<void> {
    for (let round = 0; round < FREEZE_ROUNDS; round += 1) await this.#namespace.signal('SIGSTOP')
  }

  async thaw(): Promise<void> {
    await this.#namespace.signal('SIGCONT')
  }

  /** From now on its packets vanish, both ways, and nothing tells anybody so. */
  cut(): Promise<void> {
    return this.#setCut(true)
  }

  restore(): Promise<void> {
    return this.#setCut(false)
  }

  /** Kills every program here. Its kernel tells the peers; `cut()` first for a computer that loses its power. */
  async kill(): Promise<void> {
    const programs = [...this.#programs]
    // One that was just started may not have arrived in the namespace.
    for (const program of programs) program.kill('SIGKILL')
    await this.#namespace.kill()
    await Promise.all(programs.map((program) => program.exited))
  }
}
