import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isSystemError, type SystemError } from '@footbridge/shared/node'

/** What shells give for a command that is not there, and for one that cannot be run. */
const EXIT_NOT_FOUND = 127
const EXIT_NOT_RUNNABLE = 126
/** … and, plus the signal's number, for one that a signal has ended. */
const EXIT_BY_SIGNAL = 128

/** The terminal sends these to every program in front of it by itself. */
const OF_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGHUP']
/** Windows knows these alone of them. */
const OF_WINDOWS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGHUP', 'SIGTERM']
const FORWARDED: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? OF_WINDOWS : [...OF_TERMINAL, 'SIGTERM', 'SIGUSR1', 'SIGUSR2']

/** How a command ended. */
export interface End {
  /** Exit status, as a shell would give it. */
  readonly status: number
  /** Why it did not even start. */
  readonly problem?: string
}

export interface RunOptions {
  /** In addition to those of this process. */
  readonly variables: Readonly<Record<string, string>>
  /** Ends the command. */
  readonly signal: AbortSignal
}

/**
 * Runs a command until it ends. Signals are passed on to it.
 */
export async function runProgram(
  [command = '', ...args]: readonly string[],
  { variables, signal }: RunOptions,
): Promise<End> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...variables } })
  const listeners = FORWARDED.map((name) => [name, () => forward(child, name)] as const)
  for (const [name, listener] of listeners) process.on(name, listener)
  const stop = () => child.kill()
  signal.addEventListener('abort', stop)
  try {
    return await exitOf(child)
  } finally {
    signal.removeEventListener('abort', stop)
    for (const [name, listener] of listeners) process.off(name, listener)
  }
}

function forward(child: ChildProcess, name: NodeJS.Signals): void {
  if (!(process.stdin.isTTY && OF_TERMINAL.includes(name))) child.kill(name)
}

function exitOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      if (isSystemError(error)) resolve(explainStart(error))
      else reject(error)
    })
    child.on('exit', (status, name) => {
      resolve({ status: status ?? EXIT_BY_SIGNAL + (name === null ? 0 : constants.signals[name]) })
    })
  })
}

function explainStart({ code }: SystemError): End {
  return code === 'ENOENT'
    ? {
        status: EXIT_NOT_FOUND,
        problem: 'there is no such command: check its spelling, and that it is installed',
      }
    : { status: EXIT_NOT_RUNNABLE, problem: `the command cannot be run (${code}): check its mode` }
}
