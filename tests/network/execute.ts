import { execFile } from 'node:child_process'

const TIMEOUT_MS = 10_000
const MAX_OUTPUT_BYTES = 256 * 1_048_576

export interface ExecuteOptions {
  /** What the program reads on stdin. */
  readonly input?: string
  readonly timeoutMs?: number
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs a program to its end and resolves to what it prints. Rejects with its own words if it fails. */
export function execute(
  program: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<Buffer> {
  const { input = '', timeoutMs = TIMEOUT_MS, environment } = options
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args],
      {
        encoding: 'buffer',
        maxBuffer: MAX_OUTPUT_BYTES,
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        env: { ...process.env, ...environment },
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout)
        const words = error.killed
          ? `no end within ${timeoutMs} ms`
          : stderr.toString().trim() || error.message
        reject(new Error(`failed to run ${[program, ...args].join(' ')}: ${words}`, { cause: error }))
      },
    )
    // A program that ends without reading its input says why by its exit status.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
