// A web server on a host of the box: `GET /SEED/N` answers with N MiB that only the seed decides.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { pseudoRandomMebibytes } from './pseudo-random.test.helper.ts'

const MEBIBYTE = 1_048_576

const [address, port] = process.argv.slice(2)
const server = createServer(async ({ url = '' }, response) => {
  const [, seed = '', size] = url.split('/')
  const mebibytes = Number(size)
  response.writeHead(200, { 'content-length': mebibytes * MEBIBYTE })
  // A client that leaves early is no fault of this server.
  await pipeline(pseudoRandomMebibytes(seed, mebibytes), response).catch(() => {})
})
process.on('disconnect', () => process.exit())
server.listen(Number(port), address)
await once(server, 'listening')
process.send?.('ready')
