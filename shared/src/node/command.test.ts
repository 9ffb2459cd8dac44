import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { formatListenAddress, listen } from './listen.ts'

const FIXTURE = fileURLToPath(new URL('./command.test.fixture.ts', import.meta.url))

// Each test starts a program or two, many of them at once.
vi.setConfig({ testTimeout: 30_000 })

function start(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return fork(FIXTURE, args, {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

async function ended(child: ChildProcess) {
  const [stdout, stderr, [status]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'exit'),
  ])
  return { stdout, stderr, status: status as number | null }
}

async function run(args: string[], env?: NodeJS.ProcessEnv) {
  return await ended(start(args, env))
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-command-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function config(content: string): Promise<string> {
  const path = join(folder, 'config.json')
  await writeFile(path, content)
  return path
}

describe.concurrent('reading a command line', () => {
  it('gives typed values, defaults and repeatable options', async () => {
    const { stdout, status } = await run(['--paths', '5', '--stun', 'a:1', '--stun', 'b:2', '--allow-all'])
    expect(JSON.parse(stdout)).toMatchObject({
      paths: 5,
      stun: ['a:1', 'b:2'],
      allowAll: true,
      listen: '127.0.0.1:0',
      logLevel: 'info',
    })
    expect(status).toBe(0)
  })

  it('passes operands to a subcommand, and a repeatable option does not swallow them', async () => {
    const { stdout } = await run(['--stun', 'a:1', 'say', 'hello', '42', '--paths', '1'])
    expect(JSON.parse(stdout)).toEqual(['hello', '42', 1])
  })

  it('passes on what follows -- as it is', async () => {
    const { stdout } = await run(['pass', '--paths', '1', '--', 'curl', '--paths', '007', '-x', ''])
    expect(JSON.parse(stdout)).toEqual([['curl', '--paths', '007', '-x', ''], 1])
  })

  it('prints help and version to stdout', async () => {
    const help = await run(['--help'])
    expect(help).toMatchObject({ stderr: '', status: 0 })
    for (const part of ['sample', '--log-level', '--config', '--stun', 'say <first> <second>']) {
      expect(help.stdout).toContain(part)
    }
    expect(await run(['--version'])).toEqual({ stdout: '1.2.3\n', stderr: '', status: 0 })
  })

  it('prefers the line over the environment over the file over the defaults', async () => {
    const file = await config(
      '{"do":"print","paths":7,"stun":["f:1","f:2"],"listen":":1","log-level":"warn"}',
    )
    const env = { FOOTBRIDGE_PATHS: '8', FOOTBRIDGE_LISTEN: ':2', FOOTBRIDGE_OTHER_PROGRAMS: 'ignored' }
    const { stdout } = await run(['--config', file, '--listen', ':3'], env)
    const expected = { paths: 8, listen: ':3', stun: ['f:1', 'f:2'], logLevel: 'warn', allowAll: false }
    expect(JSON.parse(stdout)).toMatchObject(expected)
    const fromEnvironment = await run([], {
      FOOTBRIDGE_CONFIG: file,
      FOOTBRIDGE_ALLOW_ALL: 'true',
      FOOTBRIDGE_STUN: 'x:1,y:2',
    })
    expect(JSON.parse(fromEnvironment.stdout)).toMatchObject({
      paths: 7,
      allowAll: true,
      stun: ['x:1', 'y:2'],
    })
  })

  it.each([
    { args: ['--nonsense'], says: 'nonsense' },
    { args: ['unknown-command'], says: 'unknown-command' },
    {
      args: ['say', 'only-one'],
      says: 'something is missing: the command is say <first> <second> (got 1 of 2) (',
    },
    { args: ['pass', '--'], says: 'something is missing: the command is sample pass -- <command> (' },
    { args: ['--', 'curl'], says: 'nothing may follow -- here' },
    { args: ['--paths', 'many'], says: '--paths must be a number' },
    { args: ['--paths', '1', '--paths', '2'], says: '--paths may be given once' },
    { args: ['--listen'], says: 'listen' },
    { args: ['--log-level', 'loud'], says: 'loud' },
    { args: ['--do', 'serve', '--listen', 'nonsense'], says: '127.0.0.1:8080' },
    { args: ['--config', '/nowhere/at-all.json'], says: '/nowhere/at-all.json does not exist' },
  ])('refuses $args with one line and status 2', async ({ args, says }) => {
    const { stdout, stderr, status } = await run(args)
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 })
    expect(stderr).toMatch(/^sample: .+\n$/)
    expect(stderr).toContain(says)
  })
})

it.each([
  { content: '{"paths":', says: 'is not JSON' },
  { content: '[1]', says: 'one JSON object' },
  { content: '{"nonsense":1}', says: 'nonsense' },
  { content: '{"paths":"many"}', says: '--paths must be a number' },
  { content: '{"listen":8080}', says: '--listen must be a string' },
])('refuses a config file that holds $content', async ({ content, says }) => {
  const { stderr, status } = await run(['--config', await config(content)])
  expect(status).toBe(2)
  expect(stderr).toMatch(/^sample: .+\n$/)
  expect(stderr).toContain(says)
})

describe.concurrent('ending', () => {
  it.each([
    { what: 'fail', says: 'nobody can help right now: try again in a minute' },
    { what: 'crash', says: 'something; unforeseen' },
    { what: 'crash-later', says: 'nobody waits for this' },
    { what: 'read', says: '/nowhere/at-all.json does not exist: check the path' },
    { what: 'connect', says: 'the server refused the connection: check that it runs, and its URL' },
  ])('says what went wrong in one line and status 1: $what', async ({ what, says }) => {
    expect(await run(['--do', what])).toEqual({ stdout: '', stderr: `sample: ${says}\n`, status: 1 })
  })

  it('adds the stack of an error at log level debug only', async () => {
    const { stderr } = await run(['--do', 'crash', '--log-level', 'debug'])
    expect(stderr).toMatch(/^sample: something; unforeseen\n {4}at /)
  })

  it('says how to mend a busy port', async () => {
    const busy = createServer()
    const address = await listen(busy, { host: '127.0.0.1', port: 0 })
    const { stderr, status } = await run(['--do', 'serve', '--listen', formatListenAddress(address)])
    busy.close()
    expect(stderr).toBe(
      `sample: port ${address.port} is in use: stop the program that has it, or choose another port\n`,
    )
    expect(status).toBe(1)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('stops gracefully at %s', async (signal) => {
    const child = start(['--do', 'serve'])
    const end = ended(child)
    const [message] = await once(child, 'message')
    expect(message).toEqual({ type: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
    child.kill(signal)
    const { stdout, stderr, status } = await end
    expect({ stdout, status }).toEqual({ stdout: 'stopped', status: 0 })
    expect(JSON.parse(stderr)).toEqual({
      level: 30,
      time: expect.any(Number),
      name: 'sample',
      msg: 'serving',
    })
  })

  it('stops gracefully when its parent lets go of it', async () => {
    const child = start(['--do', 'serve'])
    const end = ended(child)
    await once(child, 'message')
    child.disconnect()
    expect(await end).toMatchObject({ stdout: 'stopped', status: 0 })
  })

  it('counts work given up at a signal as a clean end', async () => {
    const child = start(['--do', 'wait'])
    const end = ended(child)
    await once(child, 'message')
    child.kill('SIGINT')
    expect(await end).toEqual({ stdout: '', stderr: '', status: 0 })
  })

  it('ends at once at a second signal when the first did not help', async () => {
    const child = start(['--do', 'hang'])
    const end = ended(child)
    await once(child, 'message')
    const insisting = setInterval(() => child.kill('SIGINT'), 100)
    expect(await end).toMatchObject({ status: 1 })
    clearInterval(insisting)
  })

  it('exits after its work even if a handle is left open', async () => {
    expect(await run(['--do', 'linger'])).toEqual({ stdout: '', stderr: '', status: 0 })
  })
})
