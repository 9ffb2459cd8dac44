import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Host } from '../../network/host.ts'
import type { BenchmarkContext } from './benchmark.ts'

const START_TIMEOUT_MS = 30_000
/** Far more than most calls take. */
const CALL_TIMEOUT_MS = 30_000
/** From the request to stop to the end by force. */
const STOP_TIMEOUT_MS = 5_000

type Request = { readonly id: number; readonly method: string; readonly argument: unknown }
type Reply = { readonly id: number; readonly result?: unknown; readonly error?: string }
type Ready = { readonly type: 'ready'; readonly url: string }

/** A program in a process of its own, as on a machine of its own: one of the network's commands, or one that calls `serve`. */
export class Program {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #signal: AbortSignal
  #url = ''
  #lastId = 0

  /** Starts the file `url`: TypeScript under the same Node options as this process, what is built as its first line says. */
  private constructor(url: URL, args: readonly string[], signal: AbortSignal, host: Host | undefined) {
    this.#signal = signal
    const file = fileURLToPath(url)
    const [first, ...more] = file.endsWith('.ts') ? [process.execPath, ...process.execArgv, file] : [file]
    const local = [first, ...more, ...args] as const
    const [command, ...rest] = host === undefined ? local : host.commandFor(...local)
    this.#child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#exited = once(this.#child, 'exit')
    this.#child.setMaxListeners(50)
  }

  /** Resolves once the program says that it is ready. It ends with the benchmark. With `host`, it runs there. */
  static async start(
    url: URL,
    args: readonly string[],
    { signal, atEnd }: Pick<BenchmarkContext, 'signal' | 'atEnd'>,
    host?: Host,
  ): Promise<Program> {
    const program = new Program(url, args, signal, host)
    atEnd(() => program.stop())
    const ready = await program.#message(isReady, START_TIMEOUT_MS)
    program.#url = ready.url
    return program
  }

  /** What it said it serves at. */
  get url(): string {
    return this.#url
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('a program of the benchmark was not started')
    return this.#child.pid
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Calls one of the functions that the program serves. Rejects when the benchmark is given up. */
  async call<T>(method: string, argument?: unknown, timeoutMs: number = CALL_TIMEOUT_MS): Promise<T> {
    this.#lastId += 1
    const id = this.#lastId
    const request: Request = { id, method, argument }
    this.#child.send(request)
    const reply = await this.#message((message): message is Reply => (message as Reply).id === id, timeoutMs)
    if (reply.error !== undefined) throw new Error(`failed to ${method}: ${reply.error}`)
    return reply.result as T
  }

  /** Asks it to stop, and ends it by force if it does not. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    // One that was frozen hears of it only then.
    this.#child.kill('SIGCONT')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#exited
    clearTimeout(timer)
  }

  #message<T>(matches: (message: unknown) => message is T, timeoutMs: number): Promise<T> {
    const signal = this.#signal
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        clearTimeout(timer)
        this.#child.off('message', onMessage).off('exit', onExit)
        signal.removeEventListener('abort', onAbort)
        action()
      }
      const onMessage = (message: unknown) => {
        if (matches(message)) settle(() => resolve(message))
      }
      const onExit = () => settle(() => reject(new Error('a program of the benchmark has stopped')))
      const onAbort = () => settle(() => reject(signal.reason))
      const timer = setTimeout(
        () => settle(() => reject(new Error(`no answer within ${timeoutMs} ms`))),
        timeoutMs,
      )
      this.#child.on('message', onMessage).on('exit', onExit)
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
      else if (this.#child.exitCode !== null) onExit()
    })
  }
}

/** The program's side: answers calls until the parent goes, then ends the process. */
export function serve(url: string, functions: Readonly<Record<string, (argument: never) => unknown>>): void {
  const answer = async ({ id, method, argument }: Request): Promise<Reply> => {
    try {
      const result = await functions[method]?.(argument as never)
      return { id, result }
    } catch (error) {
      return { id, error: error instanceof Error ? error.message : String(error) }
    }
  }
  process.on('message', async (request: Request) => process.send?.(await answer(request)))
  process.on('disconnect', () => process.exit())
  process.on('SIGTERM', () => process.exit())
  // Ctrl-C reaches every process of the terminal; the parent decides about the end.
  process.on('SIGINT', () => {})
  const ready: Ready = { type: 'ready', url }
  process.send?.(ready)
}

function isReady(message: unknown): message is Ready {
  return (message as Ready).type === 'ready'
}
