import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { decodeText, systemClock } from '@footbridge/shared'
import { createLog } from '@footbridge/shared/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { DEFAULT_LIMITS } from './limits.ts'
import { MessageSocket, SocketRules } from './message-socket.ts'

const MESSAGE_BYTES = 32_768

let server: WebSocketServer
let received: string[]
let heard: () => void

beforeEach(async () => {
  received = []
  heard = () => {}
  const rules = new SocketRules({
    limits: { ...DEFAULT_LIMITS, messageBurst: 1_000 },
    log: createLog('test', 'silent'),
    clock: systemClock,
    observations: { matched() {}, refused() {}, shed() {}, limited() {} },
  })
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    new MessageSocket<string, never>(socket, rules, {
      parse: decodeText,
      message(text) {
        received.push(text)
        heard()
      },
      fault: () => {},
      close: () => {},
    })
  })
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of server.clients) socket.terminate()
  server.close()
})

async function connect(): Promise<WebSocket> {
  const { port } = server.address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await once(socket, 'open')
  return socket
}

/** Resolves once so many messages have come since the start. */
async function haveCome(count: number): Promise<void> {
  while (received.length < count) {
    await new Promise<void>((resolve) => {
      heard = resolve
    })
  }
}

it('takes a message that comes in several frames as one', async () => {
  const socket = await connect()
  socket.send(Buffer.from('a'), { fin: false })
  socket.send(Buffer.from('bc'), { fin: false })
  socket.send(Buffer.from('def'))
  socket.send(Buffer.from('g'))
  await haveCome(2)
  expect(received).toEqual(['abcdef', 'g'])
})

it('leaves messages of sockets that are mostly quiet to the collector of young garbage', async () => {
  const sockets = await Promise.all(Array.from({ length: 20 }, connect))
  const message = Buffer.alloc(MESSAGE_BYTES, 1)
  const held: number[] = []
  for (let round = 1; round <= 6; round += 1) {
    for (const socket of sockets) socket.send(message)
    await haveCome(round * sockets.length)
    // Past the reading of the last one, which is held for as long.
    await new Promise(setImmediate)
    // What outlives two grows old.
    collectYoung()
    collectYoung()
    held.push(process.memoryUsage().arrayBuffers)
  }
  expect(Math.max(...held) - Math.min(...held)).toBeLessThan(sockets.length * MESSAGE_BYTES)
})

function collectYoung(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')({ type: 'minor' })
  setFlagsFromString('--no-expose-gc')
}
