// What stands behind the egress: a TCP server that does what the first line of a connection asks for.
//
//   origin-process.ts HOST
//
//   echo                          sends back what comes
//   pour SEED                     the seed's keystream, as fast as it is taken
//   pour SEED BYTES               so much of it, then the end
//   drip SEED BYTES EVERY_MS      so much of it at a time
//   check SEED                    compares what comes with it, and answers with the number of bytes and of wrong ones
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Keystream, KeystreamCheck } from '../keystream.ts'
import { HOST } from '../loopback.ts'
import { serve } from './program.ts'

const CHUNK_BYTES = 65_536

const [host = HOST] = process.argv.slice(2)
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  // Whoever measures is at the other end, and resets what it no longer needs.
  socket.on('error', () => {})
  void answer(socket).catch(() => socket.destroy())
}).listen(0, host)
await once(server, 'listening')
/** Speaks first, as SSH and mail servers do. */
const greeter = createServer((socket) => {
  socket.on('error', () => {})
  socket.end('welcome')
}).listen(0, host)
await once(greeter, 'listening')

serve(urlOf(server), { greeter: () => urlOf(greeter) })

function urlOf(server: Server): string {
  return `tcp://${host}:${(server.address() as AddressInfo).port}`
}

async function answer(socket: Socket): Promise<void> {
  const { line, rest } = await firstLine(socket)
  const [command, seed = '', bytes, everyMs] = line.split(' ')
  switch (command) {
    case 'echo':
      socket.write(rest)
      socket.pipe(socket)
      return
    case 'pour':
      await pipeline(Readable.from(chunks(seed, Number(bytes ?? Number.POSITIVE_INFINITY))), socket)
      return
    case 'drip':
      drip(socket, seed, Number(bytes), Number(everyMs))
      return
    case 'check': {
      const check = new KeystreamCheck(seed)
      check.add(rest)
      // Without this, the socket would be destroyed before the answer.
      const rests = socket.iterator({ destroyOnReturn: false })
      for await (const chunk of rests) check.add(chunk as Uint8Array)
      socket.end(`${check.received} ${check.corrupted}`)
      return
    }
    default:
      socket.destroy()
  }
}

async function firstLine(socket: Socket): Promise<{ line: string; rest: Buffer }> {
  let head = Buffer.alloc(0)
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\n')
    if (end < 0) continue
    socket.pause()
    return { line: head.subarray(0, end).toString(), rest: head.subarray(end + 1) }
  }
}

function* chunks(seed: string, bytes: number): Generator<Buffer> {
  const keystream = new Keystream(seed)
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) yield keystream.take(Math.min(left, CHUNK_BYTES))
}

function drip(socket: Socket, seed: string, bytes: number, everyMs: number): void {
  const keystream = new Keystream(seed)
  const timer = setInterval(() => socket.write(keystream.take(bytes)), everyMs)
  socket.on('close', () => clearInterval(timer))
  socket.resume()
}
