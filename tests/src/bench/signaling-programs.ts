import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HOST } from '../loopback.ts'
import type { BenchmarkContext } from './benchmark.ts'
import { Program } from './program.ts'
import type { ClosedLoop, OpenLoop, Outcome } from './signaling-load-process.ts'

/** Far more than any step takes. */
const STEP_TIMEOUT_MS = 120_000

/** A server, and a process full of those who come to it. */
export interface Crowd {
  readonly server: Program
  readonly load: Program
  addBridges(count: number): Promise<unknown>
  addClients(count: number): Promise<unknown>
  keepBridges(count: number): Promise<unknown>
  closedLoop(loop: ClosedLoop): Promise<Outcome>
  openLoop(loop: OpenLoop): Promise<Outcome>
  stop(): Promise<unknown>
}

/** A folder for the key and the egress of signaling: instances of one network share it. */
export async function signalingFolder(context: BenchmarkContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footbridge-bench-'))
  context.atEnd(() => rm(folder, { recursive: true, force: true }))
  const egress = { id: 'egress-1', url: 'https://egress.example', publicKey: 'A'.repeat(43) }
  await writeFile(join(folder, 'egress.json'), JSON.stringify(egress))
  return folder
}

/** The signaling command as it is installed, with one egress that nobody will ask for anything. */
export async function startSignaling(
  context: BenchmarkContext,
  { redis, folder }: { readonly redis?: string; readonly folder?: string } = {},
): Promise<Program> {
  const files = folder ?? (await signalingFolder(context))
  return Program.start(
    new URL('../dist/cli.js', import.meta.resolve('@footbridge/signaling-server')),
    [
      `--listen=${HOST}:0`,
      `--egress=${join(files, 'egress.json')}`,
      `--state=${join(files, 'state')}`,
      ...(redis === undefined ? [] : [`--redis=${redis}`]),
      '--log-level=warn',
      // Peers say where they come from, as a proxy would: everybody from somewhere else.
      '--trust-proxy=1',
      // More than it can do: the work of clients is not what is measured.
      '--work-from=1000000',
    ],
    context,
  )
}

/** A server of WebSockets that does nothing with them. */
export function startRawSockets(context: BenchmarkContext): Promise<Program> {
  return Program.start(new URL('raw-sockets-process.ts', import.meta.url), [], context)
}

export async function gather(server: Program, context: BenchmarkContext): Promise<Crowd> {
  const url = new URL('signaling-load-process.ts', import.meta.url)
  const load = await Program.start(url, [server.url], context)
  const call =
    <Argument, Result>(method: string) =>
    (argument: Argument) =>
      load.call<Result>(method, argument, STEP_TIMEOUT_MS)
  return {
    server,
    load,
    addBridges: call('addBridges'),
    addClients: call('addClients'),
    keepBridges: call('keepBridges'),
    closedLoop: call('closedLoop'),
    openLoop: call('openLoop'),
    stop: () => Promise.all([load.stop(), server.stop()]),
  }
}

/** Files and sockets that a process may have open, this one as well as those that it starts. */
export async function maxOpenFiles(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8')
  const [, hard] = /^Max open files\s+\d+\s+(\d+)/m.exec(limits) ?? []
  return hard === undefined ? Number.POSITIVE_INFINITY : Number(hard)
}
