import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, HOST } from './loopback.ts'

export interface RedisServer {
  readonly url: string
  readonly pid: number
  close(): Promise<void>
}

/** A real Redis on a port of its own, which keeps nothing. */
export async function startRedisServer(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'footbridge-redis-'))
  const port = await freePort()
  const place = ['--port', String(port), '--bind', HOST, '--dir', folder]
  const child = spawn('redis-server', [...place, '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes('Ready to accept connections')) resolve()
    })
    exited.then(() => reject(new Error(`redis-server did not start:\n${output}`)), reject)
  })
  return {
    url: `redis://${HOST}:${port}`,
    pid: child.pid ?? 0,
    async close() {
      child.kill('SIGKILL')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}
