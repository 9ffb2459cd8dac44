import { execFile } from 'node:child_process'

const TIMEOUT_MS = 60_000

export interface RunOptions {
  /** Besides this process's own. */
  readonly environment?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/** Runs a program to its end and gives what it printed. Rejects, with what it said, unless it ends with status 0. */
export function run(
  program: string,
  args: readonly string[],
  { environment = {}, timeoutMs = TIMEOUT_MS }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...environment }, timeout: timeoutMs, maxBuffer: 1_048_576 }
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim())
      else reject(new Error(`${error.message}\n${stderr}`, { cause: error }))
    })
  })
}
