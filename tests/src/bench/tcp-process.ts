// A client without a network around it: asks an origin-process by a TCP connection of its own. tcp-process.ts ORIGIN_URL
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { serve } from './program.ts'
import { readRate } from './read-rate.ts'

const [originUrl = ''] = process.argv.slice(2)
const { hostname: host, port } = new URL(originUrl)

serve('', {
  rate: async (span: { warmUpMs: number; ms: number }): Promise<number> => {
    const socket = connect({ host, port: Number(port) })
    await once(socket, 'connect')
    socket.write('pour rate\n')
    return readRate(Readable.toWeb(socket) as ReadableStream<Uint8Array>, span)
  },
})
