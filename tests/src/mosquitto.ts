import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface MosquittoOptions {
  /** For its files; a new one. */
  readonly folder: string
  readonly address: string
  readonly port: number
  /** The command that runs a program where the broker is to run. Default: here. */
  readonly commandFor?: (command: string, ...args: readonly string[]) => [string, ...string[]]
}

/** A real MQTT broker that everybody may use. */
export async function startMosquitto(options: MosquittoOptions): Promise<{ close(): Promise<void> }> {
  const { folder, address, port, commandFor = (command, ...args) => [command, ...args] } = options
  await mkdir(folder, { recursive: true })
  const configuration = join(folder, 'mosquitto.conf')
  await writeFile(
    configuration,
    [`listener ${port} ${address}`, 'allow_anonymous true', 'persistence false', 'log_dest stderr', ''].join(
      '\n',
    ),
  )
  const [command, ...args] = commandFor('mosquitto', '-c', configuration)
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes('running')) resolve()
    })
    exited.then(() => reject(new Error('mosquitto does not start')), reject)
  })
  return {
    async close() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
