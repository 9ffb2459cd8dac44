// A whole network on this machine, each program as its own process, as an operator would run it.
import { fork } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
/** Time that each program has to say that it is ready, and to stop. */
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000

const HELP = `npm start -- [options]

Runs a whole Footbridge network on this machine: signaling server with volunteer and status page, egress server,
headless bridges, a client with its local proxy, and a probe that tries the network once a minute.

  --port N                  signaling server and volunteer page (8080)
  --egress-port N           egress server (8090)
  --proxy-port N            SOCKS5 and HTTP proxy of the client (1080)
  --bridges N               headless bridges to run (1); 0 leaves it to browser tabs
  --allow-private-targets   let the egress reach this machine and its network
  --state DIR               folder for keys and the status (.footbridge)
  --help                    this text
`

const children = new Set()
let stopping = false

try {
  await main(readOptions())
} catch (error) {
  if (!stopping) process.stderr.write(`footbridge: ${error.message}\n`)
  await stop(error.exitCode ?? 1)
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '8080' },
        'egress-port': { type: 'string', default: '8090' },
        'proxy-port': { type: 'string', default: '1080' },
        bridges: { type: 'string', default: '1' },
        'allow-private-targets': { type: 'boolean', default: false },
        state: { type: 'string', default: join(ROOT, '.footbridge') },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    throw usage(error.message)
  }
}

async function main(options) {
  if (options.help) {
    process.stdout.write(HELP)
    return
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop(0))
  const port = wholeNumber('--port', options.port, 65_535)
  const egressPort = wholeNumber('--egress-port', options['egress-port'], 65_535)
  const proxyPort = wholeNumber('--proxy-port', options['proxy-port'], 65_535)
  const bridges = wholeNumber('--bridges', options.bridges, 64)
  const signaling = `http://127.0.0.1:${port}`
  const egress = `http://127.0.0.1:${egressPort}`
  const network = `${signaling}/v1/network`

  // The two need each other's keys, and wait for each other.
  await Promise.all([
    start('signaling-server/dist/cli.js', [
      `--listen=127.0.0.1:${port}`,
      `--state=${join(options.state, 'signaling')}`,
      `--egress=${egress}/v1/egress`,
      '--allow-private-candidates',
    ]),
    start('egress-server/dist/cli.js', [
      `--listen=127.0.0.1:${egressPort}`,
      `--state=${join(options.state, 'egress')}`,
      `--ticket-key=${network}`,
      ...(options['allow-private-targets'] ? ['--allow-private-targets'] : []),
    ]),
  ])
  await Promise.all([untilAnswered(`${signaling}/readyz`), untilAnswered(`${egress}/readyz`)])
  await Promise.all(
    Array.from({ length: bridges }, () => start('bridge-widget/dist/node/cli.js', [`--network=${network}`])),
  )
  const client = await start('client/dist/cli.js', [
    `--network=${network}`,
    `--proxy=127.0.0.1:${proxyPort}`,
    `--state=${join(options.state, 'client')}`,
    `--paths=${Math.min(8, Math.max(3, bridges))}`,
    '--json',
  ])
  if (bridges > 0) await untilConnected(client)
  await start('client/dist/probe-cli.js', [
    `--network=${network}`,
    `--token-file=${join(options.state, 'signaling', 'probe.token')}`,
  ])
  process.stdout.write(`
  volunteer page   ${signaling}/
  status page      ${signaling}/status
  network          ${network}
  egress           ${egress}/
  proxy            127.0.0.1:${proxyPort} (SOCKS5 and HTTP)

  try              curl -x socks5h://127.0.0.1:${proxyPort} https://example.org/
${bridges === 0 ? '                   once somebody turned the toggle on the volunteer page on\n' : ''}
ready (Ctrl-C stops everything)
`)
}

/** Starts one program and waits until it serves. It stops by itself should this process go. */
function start(path, args) {
  const child = fork(join(ROOT, path), [...args, '--log-level=warn'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  children.add(child)
  child.jsonLines = lines(child.stdout)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${path} did not start in time`)), START_TIMEOUT_MS)
    child.on('message', (message) => {
      if (message?.type !== 'ready') return
      clearTimeout(timer)
      resolve(child)
    })
    child.on('exit', (code) => {
      clearTimeout(timer)
      children.delete(child)
      // The program itself has said why, in one line.
      const error = Object.assign(new Error(`${path} has stopped, and so does everything else`), {
        exitCode: code || 1,
      })
      reject(error)
      if (!stopping) {
        process.stderr.write(`footbridge: ${error.message}\n`)
        void stop(error.exitCode)
      }
    })
  })
}

/** Calls its listeners with each line; without any, the output just flows away. */
function lines(stream) {
  const listeners = new Set()
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop()
    for (const line of parts) for (const listener of listeners) listener(line)
  })
  return listeners
}

/** The client prints its status as JSON, a line at each change. */
function untilConnected(client) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('the client found no way to its bridge')),
      START_TIMEOUT_MS,
    )
    client.jsonLines.add((line) => {
      if (JSON.parse(line).state !== 'connected') return
      clearTimeout(timer)
      resolve()
    })
  })
}

async function untilAnswered(url) {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline && !stopping) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the servers did not find each other')
}

async function stop(exitCode) {
  if (stopping) return
  stopping = true
  const stopped = [...children].map((child) => new Promise((resolve) => child.once('exit', resolve)))
  for (const child of children) child.kill('SIGTERM')
  const timer = setTimeout(() => {
    for (const child of children) child.kill('SIGKILL')
  }, STOP_TIMEOUT_MS)
  await Promise.all(stopped)
  clearTimeout(timer)
  process.exit(exitCode)
}

function wholeNumber(name, text, most) {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > most) throw usage(`${name} takes a whole number from 0 to ${most}`)
  return value
}

function usage(message) {
  return Object.assign(new Error(`${message} (see npm start -- --help)`), { exitCode: 2 })
}
