import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FootbridgeError, isFootbridgeError } from '../errors.ts'
import {
  type CommandLine,
  type CommandOperands,
  type CommandOptions,
  type Invocation,
  type OptionValues,
  parseCommandLine,
} from './command-line.ts'
import { createLog, type Log, type LogLevel } from './log.ts'
import { explainSystemError, isSystemError } from './system-error.ts'

export interface CommandContext {
  /** Fires at SIGINT or SIGTERM, or when the parent process that started the command with an IPC channel goes. */
  readonly signal: AbortSignal
  readonly log: Log
  /** The command's own. */
  readonly version: string
}

/** Does the command's work; the command ends when the promise does. */
type Run<O extends CommandOptions> = (
  options: OptionValues<O>,
  context: CommandContext,
  ...operands: string[]
) => Promise<void>

/** `run` gets the values of the operands as its last arguments. */
export interface Subcommand<O extends CommandOptions> extends CommandOperands {
  readonly description: string
  /** SIGINT and SIGTERM are for `run` to handle: they do not fire `signal`. */
  readonly ownSignals?: boolean
  readonly run: Run<O>
}

export interface Command<O extends CommandOptions> {
  readonly name: string
  readonly description: string
  /** Default: the version of the package that the command is in. */
  readonly version?: string
  /** Default: `info`. */
  readonly logLevel?: LogLevel
  readonly options: O
  /** Name of what may follow the program's name; `run` gets its value as its last argument. */
  readonly operand?: string
  readonly run: Run<O>
  readonly commands?: Readonly<Record<string, Subcommand<O>>>
}

const EXIT_FAILURE = 1
const EXIT_USAGE = 2
/** Time that handles left open (a native library's threads, say) have after the end of `run` before the process exits. */
const EXIT_GRACE_MS = 2_000
/** Signals this close together are one wish: Ctrl-C reaches a whole group of programs, and npm passes it on once more. */
const SAME_SIGNAL_MS = 500

/**
 * Runs a program: reads the command line, calls `run` (or that of a subcommand), and turns any error into one line on
 * stderr and exit status 2 (`usage`) or 1. The first SIGINT or SIGTERM fires `signal`, the second ends the process at once.
 */
export async function runCommand<const O extends CommandOptions>(command: Command<O>): Promise<void> {
  let verbose = false
  const fail = (error: unknown) => {
    process.stderr.write(`${command.name}: ${explain(error)}\n`)
    if (verbose && error instanceof Error) process.stderr.write(stackFrames(error))
    process.exitCode = isFootbridgeError(error, 'usage') ? EXIT_USAGE : EXIT_FAILURE
  }
  // What nobody waits for ends the program too, in the same way.
  process.on('uncaughtException', (error) => {
    fail(error)
    process.exit()
  })
  try {
    const line = commandLine(command)
    const invocation = parseCommandLine(line, process.argv.slice(2), process.env)
    if (invocation.type === 'print') {
      process.stdout.write(`${invocation.text}\n`)
      return
    }
    verbose = invocation.logLevel === 'debug' || invocation.logLevel === 'trace'
    await runUntilStopped(command, line.version, invocation)
  } catch (error) {
    fail(error)
  }
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref()
}

/** Tells the process that started this one, if it listens, that the command serves at `url`. */
export function reportReady(url: string): void {
  if (process.connected) process.send?.({ type: 'ready', url })
}

function commandLine<O extends CommandOptions>(command: Command<O>): CommandLine<O> {
  const { version = packageVersion(), logLevel = 'info', commands = {} } = command
  return { ...command, version, logLevel, commands }
}

async function runUntilStopped<O extends CommandOptions>(
  command: Command<O>,
  version: string,
  invocation: Extract<Invocation<O>, { type: 'run' }>,
): Promise<void> {
  const stopping = new AbortController()
  const stop = () => stopping.abort(new FootbridgeError('aborted', 'the program was asked to stop'))
  let impatientAt = Number.POSITIVE_INFINITY
  const stopAtSignal = () => {
    if (performance.now() >= impatientAt) process.exit(EXIT_FAILURE)
    impatientAt = Math.min(impatientAt, performance.now() + SAME_SIGNAL_MS)
    stop()
  }
  const { command: name, operands, options, logLevel } = invocation
  const subcommand = name === undefined ? undefined : command.commands?.[name]
  const { run } = subcommand ?? command
  if (subcommand?.ownSignals !== true) process.on('SIGINT', stopAtSignal).on('SIGTERM', stopAtSignal)
  process.on('disconnect', stop)
  try {
    const log = createLog(command.name, logLevel)
    await run(options, { signal: stopping.signal, log, version }, ...operands)
  } catch (error) {
    const stopped = stopping.signal.aborted && (error === stopping.signal.reason || isAborted(error))
    if (!stopped) throw error
  } finally {
    // A listener for 'disconnect' would keep the channel, and with it the process, open. The signals' stay: the second counts still.
    process.off('disconnect', stop)
  }
}

function isAborted(error: unknown): boolean {
  return isFootbridgeError(error, 'aborted') || (error instanceof Error && error.name === 'AbortError')
}

/** One line for people: what happened, and what to do if the error knows. */
function explain(error: unknown): string {
  if (isSystemError(error)) return explainSystemError(error)
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.replaceAll(/\s*\n\s*/g, '; ')
}

/** Where the error came from, without its text: that of the operating system's errors has addresses in it. */
function stackFrames(error: Error): string {
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  return frames.map((frame) => `${frame}\n`).join('')
}

/** The version of the package that the running script belongs to. */
function packageVersion(): string {
  let folder = dirname(realpathSync(process.argv[1] ?? '.'))
  for (;;) {
    try {
      return String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version)
    } catch (error) {
      const parent = dirname(folder)
      if (parent === folder) throw error
      folder = parent
    }
  }
}
