#!/usr/bin/env node
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { encodeBase64Url, FootbridgeError, isFootbridgeError, systemClock } from '@footbridge/shared'
import {
  type CommandContext,
  formatListenAddress,
  type InvitedNetwork,
  type ListenAddress,
  reportReady,
  runCommand,
} from '@footbridge/shared/node'
import { type FootbridgeClient, openClient } from './client.ts'
import { examine } from './doctor.ts'
import { formatFinding, formatReport, isWell, summarize } from './doctor-report.ts'
import type { Finding } from './finding.ts'
import { parsePageUrl, printPage } from './print-page.ts'
import { parseProxyAddress } from './proxy-address.ts'
import { type ProxyPassword, readProxyPassword } from './proxy-password.ts'
import type { ProxyServer } from './proxy-server.ts'
import { localAddress, PAC_PATH, proxyVariables, shellExports } from './proxy-settings.ts'
import { chooseNetwork, rememberNetwork } from './remembered-network.ts'
import { runProgram } from './run-program.ts'
import { announceProxy, findRunningProxy } from './running-proxy.ts'
import { defaultStateFolder } from './state-folder.ts'
import { StatusDisplay } from './status-display.ts'
import { watchTrouble } from './trouble-watch.ts'

const MAX_PORT = 65_535

await runCommand({
  name: 'footbridge',
  description: `Reaches the open network through the browsers of volunteers: a local SOCKS5 and HTTP proxy.
Give it the link that you were sent once, as LINK or --network; it is remembered.`,
  logLevel: 'warn',
  operand: 'LINK',
  options: {
    network: {
      type: 'string',
      description: 'The network: a footbridge: link, a file or a URL (default: the last one)',
    },
    proxy: {
      type: 'string',
      default: '127.0.0.1:1080',
      description: 'Address of the proxy, SOCKS5 and HTTP on one port',
    },
    'listen-lan': {
      type: 'boolean',
      default: false,
      description: 'Serve other machines of this network too; needs --password-file',
    },
    'password-file': {
      type: 'string',
      description: 'File with the password that the proxy asks for (any user name)',
    },
    paths: { type: 'number', default: 3, description: 'Volunteers to use at once, 1 to 8' },
    json: { type: 'boolean', default: false, description: 'Print each change of status as a line of JSON' },
    state: {
      type: 'string',
      default: defaultStateFolder(),
      defaultDescription: '~/.local/state/footbridge',
      description: 'Folder for what is remembered',
    },
    page: {
      type: 'string',
      default: 'https://example.org/',
      description: 'doctor: the page to fetch',
    },
    report: { type: 'string', description: 'doctor: also write a report to this file, for a bug report' },
  },
  async run(options, context, operand?: string) {
    if (operand !== undefined && options.network !== undefined) {
      throw new FootbridgeError('usage', 'give the link once: as LINK or as --network')
    }
    const password = await passwordOf(options)
    const address = parseProxyAddress(options.proxy, {
      lan: options.listenLan,
      hasPassword: password !== undefined,
    })
    const invited = await loadNetwork({ ...options, network: operand ?? options.network }, context)
    await serve(
      await openInvited(invited, options, context),
      invited,
      { ...options, address, password },
      context,
    )
  },
  commands: {
    fetch: {
      description: 'Print what a URL answers with',
      operands: ['url'],
      async run(options, context, url = '') {
        const page = parsePageUrl(url)
        const client = await connectOrExplain(await loadNetwork(options, context), options, context)
        try {
          await printPage((...request) => client.fetch(...request), page, process.stdout, context.signal)
        } finally {
          await client.close()
        }
      },
    },
    run: {
      description: 'Run what follows --, such as run -- curl URL, with proxy variables set',
      rest: 'command',
      ownSignals: true,
      async run(options, context, ...command) {
        const proxy = await borrowOrStartProxy(options, context)
        try {
          const { status, problem } = await runProgram(command, { ...proxy, signal: context.signal })
          if (problem !== undefined) process.stderr.write(`footbridge: ${problem}\n`)
          process.exitCode = status
        } finally {
          await proxy.close()
        }
      },
    },
    env: {
      description: 'Print the proxy variables for a shell: eval "$(footbridge env)"',
      async run(options) {
        const password = await passwordOf(options)
        const running = await findRunningProxy(options.state)
        if (running === undefined) process.stderr.write('footbridge: it does not run yet: start footbridge\n')
        if (running?.hasPassword && password === undefined) {
          process.stderr.write('footbridge: the proxy asks for a password: add --password-file FILE\n')
        }
        const configured = () =>
          parseProxyAddress(options.proxy, { lan: options.listenLan, hasPassword: password !== undefined })
        console.log(shellExports(proxyVariables(running ?? localAddress(configured()), password)).trimEnd())
      },
    },
    doctor: {
      description: 'Check each step from here to a page, and say what is blocked',
      async run(options, context) {
        const page = parsePageUrl(options.page)
        const invited = await loadNetwork(options, context)
        const findings: Finding[] = []
        for await (const finding of examine(invited, { page, signal: context.signal })) {
          findings.push(finding)
          console.log(formatFinding(finding))
        }
        console.log(`\n${summarize(findings)}`)
        if (options.report !== undefined) {
          await writeFile(options.report, formatReport(findings, surroundings(context)), { mode: 0o600 })
        }
        if (!isWell(findings)) process.exitCode = 1
      },
    },
  },
})

interface NetworkOptions {
  readonly network: string | undefined
  readonly state: string
}

interface ProxyOptions {
  readonly listenLan: boolean
  readonly passwordFile: string | undefined
}

interface ServeOptions {
  readonly address: ListenAddress
  readonly password: ProxyPassword | undefined
  readonly json: boolean
  readonly state: string
}

async function serve(
  client: FootbridgeClient,
  { network }: InvitedNetwork,
  { address, password, json, state }: ServeOptions,
  { signal }: CommandContext,
): Promise<void> {
  let display: StatusDisplay | undefined
  let announced: { close(): Promise<void> } | undefined
  try {
    const proxy = await listenOrExplain(client, { address, password, state })
    const local = localAddress(proxy)
    announced = await announceProxy(state, { ...local, hasPassword: password !== undefined })
    if (!json) {
      console.log(`proxy (SOCKS5 and HTTP) on ${formatListenAddress(proxy)}`)
      console.log(`browsers can be set up with http://${formatListenAddress(local)}${PAC_PATH}`)
    }
    display = new StatusDisplay(client, { out: process.stdout, clock: systemClock, form: formOf(json) })
    const explain = (text: string): void => display?.print(text)
    if (!json) watchTrouble(client, { network, clock: systemClock, signal, explain })
    reportReady(`http://${formatListenAddress(local)}`)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    display?.close()
    await announced?.close()
    await client.close()
  }
}

/** A port that is taken is likely taken by another footbridge. */
async function listenOrExplain(
  client: FootbridgeClient,
  { address, password, state }: Pick<ServeOptions, 'address' | 'password' | 'state'>,
): Promise<ProxyServer> {
  try {
    return await client.listen({ ...address, password })
  } catch (error) {
    const { port } = (await findRunningProxy(state)) ?? {}
    if (!isFootbridgeError(error, 'unavailable')) throw error
    const what =
      port === address.port ? `footbridge runs already, on port ${port}: use that one, or` : undefined
    const other = `--proxy 127.0.0.1:${address.port < MAX_PORT ? address.port + 1 : 0}`
    const problem =
      what === undefined ? `${error.message}, such as ${other}` : `${what} start another with ${other}`
    throw new FootbridgeError('unavailable', problem, { cause: error })
  }
}

function formOf(json: boolean): 'live' | 'plain' | 'json' {
  if (json) return 'json'
  return process.stdout.isTTY && process.env.TERM !== 'dumb' ? 'live' : 'plain'
}

/** The network that was named now, which is then remembered, or the last one. */
async function loadNetwork(
  { network, state }: NetworkOptions,
  { signal }: CommandContext,
): Promise<InvitedNetwork> {
  const invited = await chooseNetwork({ given: network, folder: state, signal })
  if (network !== undefined) {
    await rememberNetwork(invited, state).catch((error: Error) => {
      process.stderr.write(`footbridge: ${error.message}\n`)
    })
  }
  return invited
}

function openInvited(
  { network, secret }: InvitedNetwork,
  { paths, state }: { readonly paths: number; readonly state: string },
  { signal }: CommandContext,
): Promise<FootbridgeClient> {
  return openClient(network, { signal, paths, state, ...(secret && { pool: encodeBase64Url(secret) }) })
}

/** A client that is connected. While it cannot be, says why, as far as that can be found out. */
async function connectOrExplain(
  invited: InvitedNetwork,
  options: { readonly paths: number; readonly state: string },
  context: CommandContext,
): Promise<FootbridgeClient> {
  const client = await openInvited(invited, options, context)
  const connecting = new AbortController()
  const signal = AbortSignal.any([context.signal, connecting.signal])
  const explain = (text: string): void => void process.stderr.write(`footbridge: ${text}\n`)
  watchTrouble(client, { network: invited.network, clock: systemClock, signal, explain })
  try {
    await client.connected(context.signal)
    return client
  } catch (error) {
    await client.close()
    throw error
  } finally {
    connecting.abort()
  }
}

interface BorrowedProxy {
  readonly variables: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** The proxy that runs already, unless another network is wanted or its password is not known; else one of its own. */
async function borrowOrStartProxy(
  options: NetworkOptions & ProxyOptions & { readonly paths: number },
  context: CommandContext,
): Promise<BorrowedProxy> {
  const password = await passwordOf(options)
  const running = options.network === undefined ? await findRunningProxy(options.state) : undefined
  if (running !== undefined && (!running.hasPassword || password !== undefined)) {
    const variables = proxyVariables(running, running.hasPassword ? password : undefined)
    return { variables, close: async () => {} }
  }
  const client = await connectOrExplain(await loadNetwork(options, context), options, context)
  const proxy = await client.listen({ host: '127.0.0.1', port: 0 })
  return { variables: proxyVariables(proxy, undefined), close: () => client.close() }
}

async function passwordOf({
  passwordFile,
}: Pick<ProxyOptions, 'passwordFile'>): Promise<ProxyPassword | undefined> {
  return passwordFile === undefined ? undefined : await readProxyPassword(passwordFile)
}

function surroundings({ version }: CommandContext) {
  const { version: node, platform, arch } = process
  return { version, node, platform, arch }
}
