import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { AddressLimits } from './address-limits.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { limitConnections } from './sockets.ts'

it('one address has a bounded number of connections, and another in place of one that went', async () => {
  const server = createServer((_request, response) => response.end('served'))
  const addressLimits = new AddressLimits({
    limits: { ...DEFAULT_LIMITS, maxConnectionsPerAddress: 2 },
    now: () => 0,
  })
  limitConnections(server, { addressLimits, originOf: () => ({ address: 'here', subnet: 'here' }) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const held: Socket[] = []
  onTestFinished(() => {
    for (const socket of held) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
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
