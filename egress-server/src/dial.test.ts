import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type DialOptions, dialTarget } from './dial.ts'
import { createPolicy } from './policy.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function listen(host: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, host)
  await once(server, 'listening')
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const anywhere = createPolicy({ allowPrivateTargets: true })
const publicOnly = createPolicy()

const options = (given: Partial<DialOptions>): DialOptions => ({
  policy: anywhere,
  lookup: async () => [],
  signal: new AbortController().signal,
  ...given,
})

/** Stands in for `net.connect` where packets get no answer. */
const silent = () => new Socket()

const failing = (code: string) => () => {
  const socket = new Socket()
  queueMicrotask(() => socket.destroy(Object.assign(new Error(`connect ${code} 192.0.2.1:80`), { code })))
  return socket
}

async function dialled(
  host: string,
  port: number,
  given: Partial<DialOptions> = {},
): Promise<string | undefined> {
  const socket = await dialTarget({ host, port }, options(given))
  closers.push(() => socket.destroy())
  return socket.remoteAddress
}

describe('dialTarget', () => {
  it.each(['127.0.0.1', '::1'])('connects to the literal %s without a lookup', async (address) => {
    const lookup = vi.fn()
    expect(await dialled(address, await listen(address), { lookup })).toBe(address)
    expect(lookup).not.toHaveBeenCalled()
  })

  it('connects to the address of a name, which it asks for once', async () => {
    const lookup = vi.fn(async () => ['127.0.0.1'])
    expect(await dialled('example.org', await listen('127.0.0.1'), { lookup })).toBe('127.0.0.1')
    expect(lookup).toHaveBeenCalledTimes(1)
  })

  it('falls back to the other family', async () => {
    const lookup = async () => ['127.0.0.1', '::1']
    expect(await dialled('example.org', await listen('127.0.0.1'), { lookup })).toBe('127.0.0.1')
  })

  it('starts the next attempt beside one that gets no answer, and cancels the loser', async () => {
    const port = await listen('127.0.0.1')
    const loser = new Socket()
    const connect: NonNullable<DialOptions['connect']> = (to) =>
      to.host === '::1' ? loser : new Socket().connect(to)
    const lookup = async () => ['::1', '127.0.0.1']
    expect(await dialled('example.org', port, { lookup, connect })).toBe('127.0.0.1')
    expect(loser.destroyed).toBe(true)
  })

  it('lets the first attempt win even after the second has begun', async () => {
    const port = await listen('127.0.0.1')
    const slow = new Socket()
    const connect: NonNullable<DialOptions['connect']> = (to) => {
      if (to.host === '::1') return slow
      slow.connect(port, '127.0.0.1')
      return new Socket()
    }
    const lookup = async () => ['::1', '127.0.0.1']
    const socket = await dialTarget({ host: 'example.org', port }, options({ lookup, connect }))
    closers.push(() => socket.destroy())
    expect(socket).toBe(slow)
  })

  it('says that the target refused', async () => {
    await expect(dialled('127.0.0.1', await closedPort())).rejects.toMatchObject({ code: 'refused' })
  })

  it.each([
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ETIMEDOUT', 'timeout'],
    ['EACCES', 'not-allowed'],
    ['EMFILE', 'limit'],
    ['EWHATEVER', 'unavailable'],
  ])('tells %s as %s', async (errno, code) => {
    await expect(dialled('192.0.2.1', 80, { connect: failing(errno) })).rejects.toMatchObject({ code })
  })

  it('tells the more telling failure of two families', async () => {
    const lookup = async () => ['2001:db8::1', '192.0.2.1']
    const connect: NonNullable<DialOptions['connect']> = (to) =>
      failing(to.host === '192.0.2.1' ? 'ECONNREFUSED' : 'ENETUNREACH')()
    await expect(dialled('example.org', 80, { lookup, connect })).rejects.toMatchObject({ code: 'refused' })
  })

  it('gives up at the deadline and leaves no attempt behind', async () => {
    const attempt = new Socket()
    const given = { connect: () => attempt, timeoutMs: 20 }
    await expect(dialled('192.0.2.1', 80, given)).rejects.toMatchObject({ code: 'timeout' })
    expect(attempt.destroyed).toBe(true)
  })

  it('gives up when its caller does, whether looking up or connecting', async () => {
    const stopping = new AbortController()
    const { signal } = stopping
    const lookup: DialOptions['lookup'] = (_, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const lookingUp = dialled('example.org', 80, { signal, lookup })
    const connecting = dialled('192.0.2.1', 80, { signal, connect: silent })
    stopping.abort()
    await expect(lookingUp).rejects.toMatchObject({ code: 'aborted' })
    await expect(connecting).rejects.toMatchObject({ code: 'aborted' })
    await expect(dialled('192.0.2.1', 80, { signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  it('says that a name has no address', async () => {
    await expect(dialled('example.org', 80)).rejects.toMatchObject({ code: 'unknown-host' })
  })

  it('refuses a public name that resolves to private addresses only', async () => {
    const connect = vi.fn(silent)
    const lookup = async () => ['10.0.0.1', '::1', '169.254.169.254']
    const dialling = dialled('example.org', 80, { policy: publicOnly, lookup, connect })
    await expect(dialling).rejects.toMatchObject({ code: 'not-allowed' })
    expect(connect).not.toHaveBeenCalled()
  })

  it('connects to none but the public addresses of a name', async () => {
    const connect = vi.fn(failing('ECONNREFUSED'))
    const lookup = async () => ['10.0.0.1', '8.8.8.8', '127.0.0.1', '2606:4700:4700::1111']
    const dialling = dialled('example.org', 80, { policy: publicOnly, lookup, connect })
    await expect(dialling).rejects.toMatchObject({ code: 'refused' })
    const hosts = connect.mock.calls.map(([to]: unknown[]) => (to as { host: string }).host)
    expect(hosts).toEqual(['2606:4700:4700::1111', '8.8.8.8'])
  })

  it('refuses a denied port before it asks the name servers', async () => {
    const lookup = vi.fn()
    await expect(dialled('example.org', 25, { lookup })).rejects.toMatchObject({ code: 'not-allowed' })
    expect(lookup).not.toHaveBeenCalled()
  })

  it('tries sixteen addresses of a name at most', async () => {
    const connect = vi.fn(failing('ECONNREFUSED'))
    const lookup = async () => Array.from({ length: 100 }, (_, index) => `192.0.2.${index}`)
    await expect(dialled('example.org', 80, { lookup, connect })).rejects.toMatchObject({ code: 'refused' })
    expect(connect).toHaveBeenCalledTimes(16)
  })

  it('names neither host nor address in an error', async () => {
    const failures = await Promise.allSettled([
      dialled('127.0.0.1', await closedPort()),
      dialled('example.org', 80),
      dialled('127.0.0.1', 80, { policy: publicOnly }),
      dialled('192.0.2.1', 80, { connect: silent, timeoutMs: 1 }),
    ])
    for (const failure of failures) {
      const { stack, cause } = failure.status === 'rejected' ? failure.reason : expect.fail('connected')
      expect(`${stack} ${cause}`).not.toMatch(/127\.0\.0|192\.0\.2|example\.org/)
    }
  })
})
