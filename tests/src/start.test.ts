import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VolunteerTab } from './chromium-bridge.test.helper.ts'
import { freePort } from './loopback.ts'
import { Origin } from './origin.test.helper.ts'

const ROOT = join(import.meta.dirname, '..', '..')

let origin: Origin
let state: string
let ports: { signaling: number; egress: number; proxy: number }
let network: ChildProcess
let output: string

async function prepare(): Promise<void> {
  origin = await Origin.start()
  state = await mkdtemp(join(tmpdir(), 'footbridge-start-'))
  ports = { signaling: await freePort(), egress: await freePort(), proxy: await freePort() }
  output = ''
}

async function tidy(): Promise<void> {
  if (network.exitCode === null) {
    network.kill('SIGTERM')
    await once(network, 'exit')
  }
  origin.close()
  await rm(state, { recursive: true })
}

/** Runs `npm start` without its installing and building, until it says that it is ready. */
async function start(...options: string[]): Promise<void> {
  network = spawn(
    process.execPath,
    [
      'scripts/start.mjs',
      `--port=${ports.signaling}`,
      `--egress-port=${ports.egress}`,
      `--proxy-port=${ports.proxy}`,
      `--state=${state}`,
      ...options,
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  await new Promise<void>((resolve, reject) => {
    const read = (text: Buffer): void => {
      output += text
      if (/^ready/m.test(output)) resolve()
    }
    network.stdout?.on('data', read)
    network.stderr?.on('data', read)
    network.once('exit', () => reject(new Error(`it stopped: ${output}`)))
  })
}

/** Resolves once the status page tells that a probe got across. */
async function untilProbed(): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${ports.signaling}/status.json`)
    if (((await response.json()) as { condition: string }).condition === 'working') return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function curl(proxyScheme: string): Promise<string> {
  const proxy = `${proxyScheme}://127.0.0.1:${ports.proxy}`
  const url = `http://127.0.0.1:${origin.http}/file`
  const { stdout } = await promisify(execFile)('curl', ['-sS', '--max-time', '20', '-x', proxy, url])
  return stdout
}

describe('npm start', () => {
  beforeEach(prepare)
  afterEach(tidy)

  it('runs a whole network, prints where it is, and stops everything at SIGTERM', async () => {
    await start('--allow-private-targets')
    for (const port of Object.values(ports)) expect(output).toContain(`127.0.0.1:${port}`)
    expect(await curl('socks5h')).toBe('you asked for /file')
    expect(await curl('http')).toBe('you asked for /file')
    await untilProbed()
    network.kill('SIGTERM')
    expect(await once(network, 'exit')).toEqual([0, null])
    for (const port of Object.values(ports))
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  })

  it('leaves it to a browser tab with --bridges 0', async () => {
    await start('--allow-private-targets', '--bridges=0')
    const tab = await VolunteerTab.open({ signaling: { url: `http://127.0.0.1:${ports.signaling}` } })
    expect(await curl('socks5h')).toBe('you asked for /file')
    expect(await curl('http')).toBe('you asked for /file')
    await tab.close()
  })

  it('ends with one line when a port is taken, and leaves nothing running', async () => {
    ports.signaling = origin.http
    await expect(start()).rejects.toThrow(/footbridge-signaling: .*in use/)
    expect(output).not.toMatch(/^\s+at /m)
    await expect(fetch(`http://127.0.0.1:${ports.egress}/healthz`)).rejects.toThrow()
  })
})

describe('the commands', () => {
  it.each([
    'footbridge',
    'footbridge-bridge',
    'footbridge-egress',
    'footbridge-probe',
    'footbridge-signaling',
  ])('include %s, by npx', async (command) => {
    const { stdout } = await promisify(execFile)('npx', ['--no-install', command, '--version'], {
      cwd: ROOT,
    })
    expect(stdout).toMatch(/^\d+\.\d+\.\d+$/m)
  })
})
