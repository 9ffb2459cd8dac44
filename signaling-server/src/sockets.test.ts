import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { AddressLimits } from './address-limits.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { acceptSockets, limitConnections } from './sockets.ts'

/** Serves until the test is over, as long as the sockets that are `held`. */
async function listen(server: Server): Promise<{ readonly port: number; readonly held: Socket[] }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const held: Socket[] = []
  onTestFinished(() => {
    for (const socket of held) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, held }
}

it('one address has a bounded number of connections, and another in place of one that went', async () => {
  const server = createServer((_request, response) => response.end('served'))
  const addressLimits = new AddressLimits({
    limits: { ...DEFAULT_LIMITS, maxConnectionsPerAddress: 2 },
    now: () => 0,
  })
  limitConnections(server, { addressLimits, originOf: () => ({ address: 'here', subnet: 'here' }) })
  const { port, held } = await listen(server)
  for (let connections = 0; connections < 2; connections++) {
    const socket = connect(port, '127.0.0.1')
    held.push(socket)
    await once(server, 'connection')
  }
  expect(await text(connect(port, '127.0.0.1'))).toMatch(/^HTTP\/1\.1 429 /)

  const gone = new Promise((resolve) => {
    server.once('connection', (socket) => socket.once('close', resolve))
  })
  held.pop()?.destroy()
  // Whoever comes meanwhile is still one too many; once it is gone itself, the other is as well.
  await text(connect(port, '127.0.0.1'))
  await gone
  const socket = connect(port, '127.0.0.1')
  held.push(socket)
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  expect(await text(socket)).toContain('served')
})

it('who opens too many sockets waits for the refusal, but only so many wait at once', async () => {
  const server = createServer()
  const limits = { ...DEFAULT_LIMITS, socketsPerMinute: 1 }
  let now = 0
  let fire = (): void => {}
  const addressLimits = new AddressLimits({ limits, now: () => 0 })
  const origin = { address: 'here', subnet: 'here' }
  addressLimits.mayOpen(origin)
  acceptSockets(server, {
    limits,
    clock: {
      now: () => now,
      wallNow: () => now,
      after(_delayMs, act) {
        fire = act
        return () => {}
      },
    },
    addressLimits,
    observations: { matched() {}, refused() {}, shed() {}, limited() {} },
    originOf: () => origin,
    routes: { '/v1/client': () => {} },
  })
  const { port, held } = await listen(server)
  const ask = (path = '/v1/client'): Socket => {
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    return socket
  }
  const wait = async (): Promise<void> => {
    held.push(ask())
    await once(server, 'upgrade')
  }
  while (held.length < 1_000) await wait()
  expect(await text(ask())).toMatch(/^HTTP\/1\.1 429 /)
  expect(held.filter(({ bytesRead }) => bytesRead > 0)).toEqual([])

  now = limits.refusalDelayMs
  fire()
  const answers = await Promise.all(held.splice(0).map((socket) => text(socket)))
  expect(new Set(answers.map((answer) => answer.slice(0, 13)))).toEqual(new Set(['HTTP/1.1 429 ']))
  await wait()
  // Whoever is refused at once has heard by the time that another one has.
  expect(await text(ask('/nowhere'))).toMatch(/^HTTP\/1\.1 404 /)
  expect(held[0]?.bytesRead).toBe(0)
})
