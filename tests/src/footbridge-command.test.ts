import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { formatNetworkLink, unsigned } from '@footbridge/shared'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FootbridgeCommand } from './footbridge-command.test.helper.ts'
import { freePort, HOST } from './loopback.ts'
import { TestNetwork } from './network.test.helper.ts'
import { Origin } from './origin.test.helper.ts'

/** As long as a lid is closed here: by then bridges and egress have given the client's paths up. */
const ASLEEP_MS = 20_000
/** What a person is asked to wait at most when the lid opens. */
const AWAKE_SECONDS = 5

let network: TestNetwork
let origin: Origin
let state: string
let port: number
let sleeper: FootbridgeCommand
let asleepUntil: number

beforeAll(async () => {
  origin = await Origin.start()
  network = await TestNetwork.start()
  await network.addBridge()
  await network.addBridge()
  state = await mkdtemp(join(tmpdir(), 'footbridge-'))
  port = await freePort()
  // Sleeps while the other tests run.
  sleeper = FootbridgeCommand.start(join(state, 'sleeper'), [
    formatNetworkLink(network.descriptor),
    '--proxy',
    `${HOST}:${port}`,
  ])
  await sleeper.says(/connected through 2 volunteers/)
  expect(await curl(port)).toBe('you asked for /file')
  sleeper.child.kill('SIGSTOP')
  asleepUntil = performance.now() + ASLEEP_MS
})

afterAll(async () => {
  await sleeper.stop()
  await network.close()
  origin.close()
  await rm(state, { recursive: true })
})

async function curl(port: number, ...options: string[]): Promise<string> {
  const url = `http://${HOST}:${origin.http}/file`
  const args = ['-sS', '--fail', '--max-time', '20', '-x', `socks5h://${HOST}:${port}`, ...options, url]
  return (await promisify(execFile)('curl', args)).stdout
}

it('shows one live line in a terminal, and stops at Ctrl-C', async () => {
  const proxyPort = await freePort()
  const link = formatNetworkLink(network.descriptor)
  const command = FootbridgeCommand.startInTerminal(state, [link, '--proxy', `${HOST}:${proxyPort}`])
  await command.says(/\[Kconnected through \d volunteers?; down \d+ B\/s/)
  const pac = await fetch(`http://${HOST}:${proxyPort}/proxy.pac`)
  expect(await pac.text()).toContain(`PROXY ${HOST}:${proxyPort}`)
  command.child.stdin?.write('\u0003')
  const { stdout, status } = await command.ended()
  expect(status).toBe(0)
  expect(stdout).toMatch(/stopped\r\n$/)
})

it('needs no link any more, and tells the other commands where it is', async () => {
  const proxyPort = await freePort()
  const command = FootbridgeCommand.start(state, ['--proxy', `${HOST}:${proxyPort}`])
  await command.says(/^connected through/m)
  expect(command.stdout).not.toContain('\u001b')

  const { stdout } = await FootbridgeCommand.run(state, ['env'])
  const shell = `eval "$1"; curl -sS --noproxy '' http://${HOST}:${origin.http}/file`
  const curled = await promisify(execFile)('sh', ['-c', shell, 'sh', stdout])
  expect(curled.stdout).toBe('you asked for /file')

  const ran = await FootbridgeCommand.run(state, ['run', '--', 'sh', '-c', 'echo $all_proxy; exit 7'])
  expect(ran).toEqual({ stdout: `socks5h://${HOST}:${proxyPort}\n`, stderr: '', status: 7 })

  const missing = await FootbridgeCommand.run(state, ['run', '--', 'nowhere-to-be-found'])
  expect(missing.stderr).toBe(
    'footbridge: there is no such command: check its spelling, and that it is installed\n',
  )
  expect(missing.status).toBe(127)

  const second = await FootbridgeCommand.run(state, ['--proxy', `${HOST}:${proxyPort}`])
  expect(second.stderr).toMatch(/^footbridge: footbridge runs already, on port \d+: use that one, or .*\n$/)
  expect(second.status).toBe(1)
  expect(await command.stop()).toMatchObject({ stderr: '', status: 0 })
})

it('runs a command on a proxy of its own where none runs, and passes signals on', async () => {
  const script = `trap 'exit 9' TERM; curl -sS --noproxy '' http://${HOST}:${origin.http}/file; while :; do sleep 0.1; done`
  const command = FootbridgeCommand.start(state, ['run', '--', 'sh', '-c', script])
  await command.says(/you asked for \/file/)
  command.child.kill('SIGTERM')
  expect(await command.ended()).toEqual({ stdout: 'you asked for /file', stderr: '', status: 9 })
})

it('serves others with a password alone', async () => {
  const proxyPort = await freePort()
  const args = ['--listen-lan', '--proxy', `${HOST}:${proxyPort}`]
  const refused = await FootbridgeCommand.run(state, args)
  expect(refused.stderr).toMatch(/^footbridge: others would reach the proxy, so give it a password/)
  expect(refused.status).toBe(2)

  const file = join(state, 'password')
  await writeFile(file, 'a long password\n')
  const command = FootbridgeCommand.start(state, [...args, '--password-file', file])
  await command.says(/^connected through/m)
  expect(await curl(proxyPort, '--proxy-user', 'anybody:a long password')).toBe('you asked for /file')
  await expect(curl(proxyPort)).rejects.toThrow()
  await expect(curl(proxyPort, '--proxy-user', 'anybody:another password')).rejects.toThrow()
  const { stdout, stderr } = await command.stop()
  expect(stdout + stderr).not.toContain('long password')
})

it.each([
  { what: 'no link', args: [], says: /no network is known yet: give the link/, status: 2 },
  {
    what: 'a damaged link',
    args: ['footbridge:eyJ2'],
    says: /the link is damaged: copy it whole/,
    status: 2,
  },
  { what: 'half a word', args: ['docto'], says: /no such file can be read; give the path/, status: 2 },
  { what: 'two links', args: ['a', '--network', 'b'], says: /give the link once/, status: 2 },
  {
    what: 'a dead URL',
    args: [`http://${HOST}:9/`],
    says: /the server cannot be reached; check the URL/,
    status: 1,
  },
  {
    what: 'no such command',
    args: ['run', '--', 'nowhere-to-be-found'],
    says: /no network is known/,
    status: 2,
  },
])('says in one sentence what is wrong with $what', async ({ args, says, status }) => {
  const ended = await FootbridgeCommand.run(join(state, 'nobody'), args)
  expect(ended.stderr).toMatch(/^footbridge: .+\n$/)
  expect(ended.stderr).toMatch(says)
  expect({ stdout: ended.stdout, status: ended.status }).toEqual({ stdout: '', status })
})

it('says what is wrong with a port that is taken, and with a link that is dead', async () => {
  const taken = await FootbridgeCommand.run(state, ['--proxy', `${HOST}:${origin.http}`])
  expect(taken.stderr).toMatch(/^footbridge: port \d+ is in use: .* such as --proxy 127\.0\.0\.1:\d+\n$/)
  expect(taken.status).toBe(1)

  const dead = { ...unsigned(network.descriptor), signaling: [`http://${HOST}:${await freePort()}`] }
  const link = formatNetworkLink(dead)
  const command = FootbridgeCommand.start(join(state, 'dead'), [link, '--proxy', `${HOST}:0`])
  await command.says(/^The servers in your link refuse connections: .*Ask whoever gave you the link/m)
  expect(await command.stop()).toMatchObject({ stderr: '', status: 0 })
})

it('goes on within seconds after a lid was closed', async () => {
  await new Promise((resolve) => setTimeout(resolve, asleepUntil - performance.now()))
  sleeper.child.kill('SIGCONT')
  expect(await curl(port, '--max-time', String(AWAKE_SECONDS))).toBe('you asked for /file')
})
