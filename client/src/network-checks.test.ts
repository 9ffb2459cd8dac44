import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { NetworkDescriptor } from '@footbridge/shared'
import { describe, expect, it } from 'vitest'
import { askServer, type ServerAnswer } from './ask-server.ts'
import { diagnose } from './diagnose.ts'
import { checkClock, checkLine, checkNames, checkServers, checkUdp } from './network-checks.ts'
import { makeCertificate, startOrigin, startTcpOrigin } from './proxy.test.helper.ts'

const HOUR_MS = 3_600_000
const KEY = 'A'.repeat(43)
const { signal } = new AbortController()

function networkAt(...signaling: string[]): NetworkDescriptor {
  return {
    version: 1,
    signaling,
    egresses: [{ id: 'one', url: 'https://egress.example', publicKey: KEY }],
    stun: [],
    ticketKey: KEY,
  }
}

/** A server with a certificate that nobody vouches for, whose clock is so far from ours. */
async function startForeignServer(offMs: number): Promise<string> {
  const certificate = await makeCertificate()
  const server = createHttpsServer(certificate, (_, response) => {
    response.setHeader('Date', new Date(Date.now() + offMs).toUTCString())
    response.end()
  })
  return `https://localhost:${await startOrigin(server, 'localhost')}`
}

async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await startOrigin(server)
  server.close()
  return port
}

describe('asking a server', () => {
  it('tells what time it has', async () => {
    const port = await startOrigin(createServer((_, response) => response.end()))
    const answer = await askServer(`http://127.0.0.1:${port}`, signal)
    expect(answer).toMatchObject({ type: 'answered', isAuthentic: true })
    expect(checkClock([answer], Date.now())).toMatchObject({ verdict: 'ok' })
  })

  it('tells why there is no answer', async () => {
    const cutting = await startTcpOrigin((socket) => void socket.destroy())
    const failures = [
      askServer(`http://127.0.0.1:${await closedPort()}`, signal),
      askServer(`http://127.0.0.1:${cutting}`, signal),
      askServer('http://127.0.0.1:80', AbortSignal.abort()),
    ]
    expect(await Promise.all(failures)).toEqual([
      { type: 'failed', why: 'refused' },
      { type: 'failed', why: 'cut' },
      { type: 'failed', why: 'silent' },
    ])
  })
})

describe('a diagnosis', () => {
  it('names the clock where it is why no certificate holds', async () => {
    const network = networkAt(await startForeignServer(5 * HOUR_MS))
    expect(await diagnose(network, signal)).toMatchObject({
      step: 'clock',
      sentence: 'The clock of this machine is 5 hours behind, so that no secure connection succeeds.',
      remedy: expect.stringContaining('time zone'),
    })
  })

  it('names a stranger who answers instead where the clock is right', async () => {
    const network = networkAt(await startForeignServer(0))
    expect(await diagnose(network, signal)).toMatchObject({ facts: { why: 'not-authentic' } })
  })

  it('names a link that is dead', async () => {
    const finding = await diagnose(networkAt(`http://127.0.0.1:${await closedPort()}`), signal)
    expect(finding?.sentence).toMatch(
      /refuse connections: they are down, blocked, or the link is out of date/,
    )
  })

  it('finds nothing wrong with a network that answers', async () => {
    const port = await startOrigin(createServer((_, response) => response.end()))
    expect(await diagnose(networkAt(`http://127.0.0.1:${port}`), signal)).toBeUndefined()
  })

  it('names UDP where no STUN server answers', async () => {
    const port = await startOrigin(createServer((_, response) => response.end()))
    const network = { ...networkAt(`http://127.0.0.1:${port}`), stun: ['stun:127.0.0.1:9'] }
    expect(await diagnose(network, signal)).toMatchObject({ step: 'udp', verdict: 'blocked' })
  })
})

describe('each check', () => {
  const failed = (why: Extract<ServerAnswer, { type: 'failed' }>['why']): ServerAnswer => ({
    type: 'failed',
    why,
  })
  const answered = (wallMs: number | undefined, isAuthentic = true): ServerAnswer => ({
    type: 'answered',
    wallMs,
    isAuthentic,
  })
  const named = networkAt('https://one.example', 'https://two.example')

  it('tells a machine without a line', () => {
    const loopback = { lo: [{ internal: true }] } as never
    expect(checkLine(named, loopback)).toMatchObject({ verdict: 'blocked' })
    expect(checkLine(networkAt('http://127.0.0.1:8080'), loopback)).toMatchObject({ verdict: 'ok' })
    expect(checkLine(named, { eth0: [{ internal: false }] } as never)).toMatchObject({ verdict: 'ok' })
  })

  it.each([
    { answers: [failed('no-dns'), failed('no-dns')], verdict: 'blocked', says: 'DNS does not answer' },
    { answers: [failed('no-name'), failed('no-name')], verdict: 'blocked', says: 'do not exist' },
    { answers: [failed('no-name'), answered(0)], verdict: 'odd', says: '1 of 2' },
    { answers: [failed('silent'), answered(0)], verdict: 'ok', says: 'can be looked up' },
  ])('tells what DNS says: $says', ({ answers, verdict, says }) => {
    expect(checkNames(named, answers)).toMatchObject({ verdict, sentence: expect.stringContaining(says) })
  })

  it.each([
    { off: 0.1, verdict: 'ok', says: 'right' },
    { off: 0.5, verdict: 'odd', says: '30 minutes ahead' },
    { off: -30, verdict: 'odd', says: '30 hours behind' },
    { off: 24 * 400, verdict: 'odd', says: '400 days ahead' },
  ])('tells a clock that is off by $off hours', ({ off, verdict, says }) => {
    const finding = checkClock([answered(undefined), answered(0)], off * HOUR_MS)
    expect(finding).toMatchObject({ verdict, sentence: expect.stringContaining(says) })
    expect(checkClock([failed('silent')], 0)).toMatchObject({ verdict: 'unknown' })
  })

  it('tells why servers do not answer, unless one does', () => {
    for (const why of ['no-name', 'no-dns', 'no-route', 'refused', 'cut', 'silent', 'other'] as const) {
      expect(checkServers([failed(why)])).toMatchObject({ verdict: 'blocked', facts: { why } })
    }
    expect(checkServers([failed('silent'), answered(0)])).toBeUndefined()
  })

  it('does not guess about UDP without a STUN server', async () => {
    expect(await checkUdp(named, signal)).toMatchObject({ verdict: 'unknown' })
  })
})
