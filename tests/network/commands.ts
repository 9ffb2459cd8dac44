import { join } from 'node:path'
import type { Box } from './box.ts'
import type { Host } from './host.ts'
import type { Program } from './program.ts'

const SOURCES = {
  signaling: 'signaling-server/src/cli.ts',
  egress: 'egress-server/src/cli.ts',
  bridge: 'bridge-widget/src/node/cli.ts',
  client: 'client/src/cli.ts',
} as const

const SIGNALING_PORT = 8080
const EGRESS_PORT = 8090
const PROXY_PORT = 1080
const START_SECONDS = 30

export interface Servers {
  /** URL of the network's descriptor. */
  readonly network: string
  readonly signaling: Program
  readonly egress: Program
}

/** Starts one of the project's commands; resolves when it serves. */
async function startCommand(
  host: Host,
  command: keyof typeof SOURCES,
  args: readonly string[],
): Promise<Program> {
  const program = host.runSource(SOURCES[command], [...args, '--log-level=warn'])
  await program.nextMessage()
  return program
}

/** Starts signaling and egress on two hosts that others reach directly; resolves when they know each other. */
export async function startServers(
  box: Box,
  hosts: { readonly signaling: Host; readonly egress: Host },
  args: { readonly signaling?: readonly string[]; readonly egress?: readonly string[] } = {},
): Promise<Servers> {
  const signalingAddress = `${hosts.signaling.publicAddress}:${SIGNALING_PORT}`
  const egressAddress = `${hosts.egress.publicAddress}:${EGRESS_PORT}`
  const network = `http://${signalingAddress}/v1/network`
  const [signaling, egress] = await Promise.all([
    startCommand(hosts.signaling, 'signaling', [
      `--listen=${signalingAddress}`,
      `--state=${join(box.folder, 'signaling')}`,
      `--egress=http://${egressAddress}/v1/egress`,
      ...(args.signaling ?? []),
    ]),
    startCommand(hosts.egress, 'egress', [
      `--listen=${egressAddress}`,
      `--state=${join(box.folder, 'egress')}`,
      `--ticket-key=${network}`,
      ...(args.egress ?? []),
    ]),
  ])
  await untilReady(hosts.signaling, `http://${signalingAddress}/readyz`)
  await untilReady(hosts.egress, `http://${egressAddress}/readyz`)
  return { network, signaling, egress }
}

export function startBridge(host: Host, network: string, args: readonly string[] = []): Promise<Program> {
  return startCommand(host, 'bridge', [`--network=${network}`, ...args])
}

/** For clients without UDP, at this `HOST:PORT` of the host. */
export function startStandingBridge(host: Host, network: string, address: string): Promise<Program> {
  return startBridge(host, network, [`--listen=${address}`])
}

/** Its proxy is at `127.0.0.1:1080` of the host. */
export function startClient(host: Host, network: string, args: readonly string[] = []): Promise<Program> {
  return startCommand(host, 'client', [
    `--network=${network}`,
    `--proxy=127.0.0.1:${PROXY_PORT}`,
    '--json',
    ...args,
  ])
}

/** What a URL answers with, by curl through the client of a host. */
export function download(host: Host, url: string, timeoutMs: number): Promise<Buffer> {
  const args = ['--silent', '--show-error', '--fail', '--proxy', `socks5h://127.0.0.1:${PROXY_PORT}`, url]
  return host.execute('curl', args, { timeoutMs })
}

async function untilReady(host: Host, url: string): Promise<void> {
  const retry = ['--retry-all-errors', '--retry', String(START_SECONDS), '--retry-delay', '1']
  const args = ['--silent', '--show-error', '--fail', ...retry, url]
  await host.execute('curl', args, { timeoutMs: START_SECONDS * 1_000 })
}
