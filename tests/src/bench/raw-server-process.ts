// The far end of the raw pipe: a WebSocket server like the egress's, for the one page that relays.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { webSocketCarrier } from '@footbridge/shared'
import { type WebSocket, WebSocketServer } from 'ws'
import { HOST } from '../loopback.ts'
import { CreditPipe } from './credit-pipe.ts'
import { serve } from './program.ts'

const server = new WebSocketServer({ host: HOST, port: 0, perMessageDeflate: false })
await once(server, 'listening')
const pipe = new Promise<CreditPipe>((resolve) => {
  server.once('connection', (socket: WebSocket) => {
    const carrier = webSocketCarrier(socket)
    const pipe = new CreditPipe((message) => carrier.send(message))
    carrier.start({ packet: (message) => pipe.received(message), close: () => process.exit(1) })
    resolve(pipe)
  })
})

serve(`ws://${HOST}:${(server.address() as AddressInfo).port}`, {
  send: async (bytes: number) => (await pipe).send(bytes),
  receive: async (bytes: number) => (await pipe).receive(bytes),
  echo: async () => (await pipe).echo(),
})
