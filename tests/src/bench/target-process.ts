// What stands behind the egress in a benchmark: a TCP server that sends to or receives from whoever connects next.
import { on, once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HOST } from '../loopback.ts'
import { serve } from './program.ts'
import { Meter, messages, type Transfer } from './transfer.ts'

const server = createServer().listen(0, HOST)
await once(server, 'listening')
const connections = on(server, 'connection')

serve(`tcp://${HOST}:${(server.address() as AddressInfo).port}`, {
  send: async (bytes: number): Promise<void> => {
    await pipeline(Readable.from(messages(bytes)), await nextConnection())
  },
  receive: async (): Promise<Transfer> => {
    const meter = new Meter()
    for await (const bytes of await nextConnection()) meter.add((bytes as Uint8Array).length)
    return meter.transfer
  },
})

async function nextConnection(): Promise<Socket> {
  const { value } = await connections.next()
  return (value as [Socket])[0]
}
