import { type DestinationStream, destination, type Logger, pino } from 'pino'
import { isFootbridgeError } from '../errors.ts'
import { isSystemError } from './system-error.ts'

/** Structured log lines, for operators. No address, host name or ticket may get into one. */
export type Log = Logger

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A logger of JSON lines to `out`; default: stderr. */
export function createLog(name: string, level: LogLevel, out: DestinationStream = toStderr()): Log {
  return pino(
    {
      name,
      level,
      // Leaves out the machine's name, which is pino's default.
      base: {},
      serializers: { err: describeError },
    },
    out,
  )
}

/** Synchronous, so that the last lines before an exit are not lost. */
function toStderr(): DestinationStream {
  return destination({ dest: 2, sync: true })
}

/** Names an error without the text of the operating system's, which has addresses in it. */
function describeError(error: unknown): object {
  if (isFootbridgeError(error)) return { code: error.code, message: error.message }
  if (isSystemError(error)) return { code: error.code, syscall: error.syscall }
  return { type: error instanceof Error ? error.name : typeof error }
}
