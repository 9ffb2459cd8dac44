import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { NetworkDescriptor } from '@footbridge/shared'
import { probeNat } from '@footbridge/shared/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bridge, client, EGRESS, OFFER, PUBLIC_CANDIDATE, sdp } from './server.test.helper.ts'

const CLI = fileURLToPath(new URL('./cli.ts', import.meta.url))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-signaling-'))
  await writeFile(join(folder, 'egress.json'), JSON.stringify(EGRESS))
})
afterEach(() => rm(folder, { recursive: true }))

function start(...args: string[]): ChildProcess {
  const state = args.includes('--state') ? [] : ['--state', join(folder, 'state')]
  return fork(CLI, ['--listen', '127.0.0.1:0', ...state, ...args], {
    execArgv: ['--conditions=@footbridge/source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}

it('serves until its parent goes, and logs no address, description or ticket', async () => {
  const child = start('--egress', join(folder, 'egress.json'), '--log-level', 'trace')
  const log = child.stderr ? text(child.stderr) : ''
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  const server = { url, wsUrl: url.replace('http', 'ws') }

  const volunteer = await bridge(server)
  const user = await client(server)
  user.send({ ...OFFER, sdp: sdp(1, [PUBLIC_CANDIDATE]) })
  const { offerId, ticket } = await volunteer.next('offer')
  volunteer.send({ type: 'answer', offerId, sdp: sdp(2, [PUBLIC_CANDIDATE]) })
  await user.next('answer')
  user.socket.send('nonsense')
  await user.closed
  await fetch(`${url}/v1/offers`, { method: 'POST', body: 'nonsense' })

  const { stun } = (await (await fetch(`${url}/v1/network`)).json()) as NetworkDescriptor
  expect(await probeNat(stun, AbortSignal.timeout(5_000))).toBe('open')

  child.disconnect()
  expect(await once(child, 'exit')).toEqual([0, null])
  const lines = await log
  expect(lines).toContain('a bridge registered')
  for (const secret of ['127.0.0.1', '::1', '9.9.9.9', 'candidate', 'ice-', ticket, volunteer.id]) {
    expect(lines).not.toContain(secret)
  }
})

it('keeps its key for its owner alone', async () => {
  const child = start()
  await once(child, 'message')
  child.disconnect()
  await once(child, 'exit')
  expect((await stat(join(folder, 'state'))).mode & 0o777).toBe(0o700)
  expect((await stat(join(folder, 'state', 'ticket.key'))).mode & 0o777).toBe(0o600)
})

it.each([
  ['--egress', '/nowhere/at-all.json'],
  ['--egress', 'http://'],
  ['--stun', 'nonsense'],
  ['--standing', 'wss://standing.example/v1/path'],
  ['--stun-listen', 'nonsense'],
  ['--stun-listen', '127.0.0.1:65535'],
  ['--turn', 'turn:turn.example'],
  ['--turn-secret', '/dev/null'],
  ['--turn=turn:turn.example', '--turn-secret=/nowhere/at-all'],
  ['--turn=turn:turn.example', '--turn-secret=/dev/null'],
  ['--turn=stun:turn.example', `--turn-secret=${CLI}`],
  ['--turn=turn:turn.example:65536', `--turn-secret=${CLI}`],
  ['--geo', '/nowhere/at-all.mmdb'],
  ['--geo', CLI],
  ['--censored', 'China'],
  ['--public-url', 'nonsense'],
  ['--listen', 'nonsense'],
  ['--offers-per-address', '0'],
  ['--listen', '0.0.0.0:0'],
  ['--redis', 'nonsense'],
  ['--redis', 'http://name:secret-word@redis.example'],
])('ends with one line and status 2 for %s %s', async (...args) => {
  const child = start(...args)
  const [stderr, [status]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'exit')])
  expect(status).toBe(2)
  expect(stderr).toMatch(/^footbridge-signaling: [^\n]+\n$/)
  expect(stderr).not.toContain('secret-word')
})

it('serves alone while Redis cannot be reached, and tells nobody where it would be', async () => {
  const url = 'redis://name:secret-word@127.0.0.1:1'
  const child = start('--egress', join(folder, 'egress.json'), '--redis', url, '--log-level', 'trace')
  const log = child.stderr ? text(child.stderr) : ''
  const [{ url: server }] = (await once(child, 'message')) as [{ url: string }]
  const ready = await fetch(`${server}/readyz`)
  expect([ready.status, await ready.text()]).toEqual([200, 'Ready, alone: Redis cannot be reached.\n'])
  child.disconnect()
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(await log).toContain('Redis cannot be reached')
  expect(await log).not.toMatch(/secret-word|127\.0\.0\.1/)
}, 15_000)
