import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { createInterface } from 'node:readline'

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Gives the program an IPC channel: `message` events, and {@link Program.send}. */
  readonly ipc?: boolean
  readonly workingFolder?: string
}

interface ProgramEvents {
  /** A line of its stdout. */
  line: [text: string]
  /** What it sent over its IPC channel. */
  message: [message: unknown]
  exit: []
}

const MESSAGE_TIMEOUT_MS = 30_000
/** What is kept of its stderr, to tell why it ended. */
const MAX_LAST_WORDS_CHARS = 4_096

/** A program that runs on a host until it ends or is killed. */
export class Program extends EventEmitter<ProgramEvents> {
  readonly exited: Promise<void>
  readonly #child: ChildProcess
  #lastWords = ''

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    super()
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? ['ipc' as const] : [])],
      env: { ...process.env, ...options.environment },
      cwd: options.workingFolder,
    })
    const { stdout, stderr } = this.#child
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.emit('line', line))
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-MAX_LAST_WORDS_CHARS)
    })
    this.#child.on('message', (message) => this.emit('message', message))
    this.exited = new Promise((resolve) => {
      this.#child.once('close', () => resolve())
      this.#child.on('error', (error) => {
        this.#lastWords = error.message
        if (this.#child.pid === undefined) resolve()
      })
    })
    void this.exited.then(() => this.emit('exit'))
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('a program of the box was not started')
    return this.#child.pid
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The next message; rejects if the program ends before, or says nothing for too long. */
  nextMessage(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        this.off('message', onMessage).off('exit', onExit)
      }
      const onMessage = (message: unknown): void => {
        settle()
        resolve(message)
      }
      const onExit = (): void => {
        settle()
        reject(new Error(`a program has ended: ${this.#lastWords.trim() || 'without a word'}`))
      }
      const timer = setTimeout(() => {
        settle()
        reject(new Error(`a program said nothing for ${MESSAGE_TIMEOUT_MS} ms: ${this.#lastWords.trim()}`))
      }, MESSAGE_TIMEOUT_MS)
      this.on('message', onMessage).on('exit', onExit)
    })
  }

  send(message: object): void {
    this.#child.send(message)
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal)
  }
}
