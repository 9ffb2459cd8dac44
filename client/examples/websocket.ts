// Says hello over a WebSocket and prints the first answer. npx tsx websocket.ts NETWORK URL
import { once } from 'node:events'
import { connect } from '@footbridge/client'
import { WebSocket } from 'ws'

const [network = '', url = ''] = process.argv.slice(2)
await using client = await connect(network)

const socket = new WebSocket(url, { agent: client.agent })
await once(socket, 'open')
socket.send('hello')
const [answer] = await once(socket, 'message')
console.log(String(answer))
socket.close()
await once(socket, 'close')
