// What a WebSocket takes by itself: a server that does for a bridge only what it must, with the library that signaling has.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { encodeSignalingMessage } from '@footbridge/shared'
import { WebSocketServer } from 'ws'
import { HOST } from '../loopback.ts'
import { serve } from './program.ts'

const server = new WebSocketServer({ host: HOST, port: 0, backlog: 4_096, perMessageDeflate: false })
await once(server, 'listening')
const registered = encodeSignalingMessage({ type: 'registered', bridgeId: 'abcdefghijkl' })
server.on('connection', (socket) => {
  socket.on('error', () => {})
  socket.on('message', () => socket.send(registered))
})

serve(`http://${HOST}:${(server.address() as AddressInfo).port}`, {})
