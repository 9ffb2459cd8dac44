import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, HOST, untilReady } from '../loopback.ts'
import type { BenchmarkContext } from './benchmark.ts'
import { Program } from './program.ts'

/** A network on loopback whose servers are the real commands, each in its own process. */
export interface NetworkPrograms {
  readonly signaling: Program
  readonly egress: Program
  /** URL of the network descriptor. */
  readonly descriptor: string
  /** File of the secret key that signaling signs tickets with. */
  readonly ticketKey: string
}

/** Starts a network that ends with the benchmark. */
export async function startNetwork(context: BenchmarkContext): Promise<NetworkPrograms> {
  const folder = await mkdtemp(join(tmpdir(), 'footbridge-bench-'))
  context.atEnd(() => rm(folder, { recursive: true, force: true }))
  // Each server wants the other's key, so one of the ports has to be known beforehand.
  const port = await freePort()
  const start = (name: string, options: readonly string[]): Promise<Program> =>
    Program.start(
      new URL('./cli.ts', import.meta.resolve(`@footbridge/${name}`)),
      [...options, `--state=${join(folder, name)}`, '--log-level=warn'],
      context,
    )
  const egress = await start('egress-server', [
    `--listen=${HOST}:0`,
    `--ticket-key=http://${HOST}:${port}`,
    '--allow-private-targets',
  ])
  const signaling = await start('signaling-server', [
    `--listen=${HOST}:${port}`,
    `--egress=${egress.url}/v1/egress`,
    '--allow-private-candidates',
  ])
  await Promise.all([untilReady(signaling.url), untilReady(egress.url)])
  return {
    signaling,
    egress,
    descriptor: `${signaling.url}/v1/network`,
    ticketKey: join(folder, 'signaling-server', 'ticket.key'),
  }
}

/** An origin-process on loopback. */
export function startOrigin(context: BenchmarkContext): Promise<Program> {
  return Program.start(new URL('origin-process.ts', import.meta.url), [], context)
}

/** A session-process on loopback. */
export function startSession(
  network: NetworkPrograms,
  origin: Program,
  { paths, associations = 4 }: { readonly paths: number; readonly associations?: number },
  context: BenchmarkContext,
): Promise<Program> {
  const url = new URL('session-process.ts', import.meta.url)
  return Program.start(url, [network.descriptor, origin.url, String(paths), String(associations)], context)
}
