// A client of the network, with the library that everybody uses: client-process.ts DESCRIPTOR_URL TARGET_URL
import { connect } from '@footbridge/client'
import { serve } from './program.ts'
import { Meter, messages, type Transfer } from './transfer.ts'

const [network = '', targetUrl = ''] = process.argv.slice(2)
const { hostname: host, port } = new URL(targetUrl)
const target = { host, port: Number(port) }
const client = await connect(network, { paths: 1 })

serve('', {
  send: async (bytes: number): Promise<void> => {
    const { writable } = await client.open(target)
    const writer = writable.getWriter()
    for (const block of messages(bytes)) await writer.write(block)
    await writer.close()
  },
  receive: async (): Promise<Transfer> => {
    const { readable, writable } = await client.open(target)
    const meter = new Meter()
    for await (const bytes of readable) meter.add(bytes.length)
    await writable.close()
    return meter.transfer
  },
})
