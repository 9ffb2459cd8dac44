import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const CLI = join(import.meta.dirname, '..', '..', 'client', 'src', 'cli.ts')
const NODE = [process.execPath, '--import', 'tsx', '--conditions=@footbridge/source', CLI]

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
}

/** The command `footbridge` as a person runs it, with a state folder of its own. */
export class FootbridgeCommand {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly #waiting = new Set<() => void>()

  private constructor(child: ChildProcess) {
    this.child = child
    child.stdout?.on('data', (text) => {
      this.stdout += text
      for (const look of this.#waiting) look()
    })
    child.stderr?.on('data', (text) => {
      this.stderr += text
      for (const look of this.#waiting) look()
    })
  }

  static start(state: string, args: readonly string[]): FootbridgeCommand {
    const [command = '', ...rest] = NODE
    return new FootbridgeCommand(
      spawn(command, [...rest, ...args], { env: environment(state), stdio: ['ignore', 'pipe', 'pipe'] }),
    )
  }

  /** In a terminal, by `script` of Debian's essential bsdutils; what is written to `child.stdin` is typed. */
  static startInTerminal(state: string, args: readonly string[]): FootbridgeCommand {
    const line = [...NODE, ...args].map((word) => `'${word}'`).join(' ')
    return new FootbridgeCommand(
      spawn('script', ['-qec', `stty cols 100; exec ${line}`, '/dev/null'], { env: environment(state) }),
    )
  }

  static async run(state: string, args: readonly string[]): Promise<Ended> {
    return await FootbridgeCommand.start(state, args).ended()
  }

  /** Resolves once `pattern` is in what it has said. */
  async says(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(this.stdout) && !pattern.test(this.stderr)) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      this.child.once('close', () => reject(new Error(`it ended: ${this.stdout}${this.stderr}`)))
      look()
    })
  }

  async ended(): Promise<Ended> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close')
    return { stdout: this.stdout, stderr: this.stderr, status: this.child.exitCode }
  }

  async stop(): Promise<Ended> {
    this.child.kill('SIGCONT')
    this.child.kill('SIGTERM')
    return await this.ended()
  }
}

function environment(state: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', XDG_STATE_HOME: state }
}
