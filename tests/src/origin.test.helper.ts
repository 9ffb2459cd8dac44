import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { generate } from 'selfsigned'
import { WebSocketServer } from 'ws'

const HOST = '127.0.0.1'

/** A block of random bytes that every download repeats, so that its hash is known without sending it. */
const BLOCK = randomBytes(1_048_576)

/** What `GET /bytes/N` answers with, hashed. */
export function hashOfDownload(mebibytes: number): string {
  const hash = createHash('sha256')
  for (let index = 0; index < mebibytes; index += 1) hash.update(BLOCK)
  return hash.digest('hex')
}

const answer: RequestListener = async (request, response) => {
  const [, what, size] = (request.url ?? '').split('/')
  if (what === 'bytes') {
    const mebibytes = Number(size)
    response.writeHead(200, { 'content-length': mebibytes * BLOCK.length })
    const blocks = (function* () {
      for (let index = 0; index < mebibytes; index += 1) yield BLOCK
    })()
    await pipeline(blocks, response).catch(() => {})
  } else if (what === 'hash') {
    const hash = createHash('sha256')
    for await (const bytes of request) hash.update(bytes as Buffer)
    response.end(hash.digest('hex'))
  } else if (what === 'echo') {
    await pipeline(request, response).catch(() => {})
  } else {
    response.end(`you asked for ${request.url}`)
  }
}

/** Servers on loopback that stand for the open web: HTTP, HTTPS, WebSocket echo, and TCP of all manners. */
export class Origin {
  readonly http: number
  readonly https: number
  /** Trusting this makes `https` trusted, under the name `localhost`. */
  readonly certificate: string
  /** Sends back what it gets; its half-close answers the client's. */
  readonly echo: number
  /** Reads to the end, then says how many bytes came. */
  readonly count: number
  /** Sends a greeting and resets the connection when it is answered. */
  readonly rude: number
  /** Connections to `echo` that were reset by the other side. */
  resets = 0
  readonly #servers: { close(callback?: () => void): unknown }[]
  readonly #sockets: Set<Socket>

  private constructor(fields: {
    http: number
    https: number
    certificate: string
    echo: number
    count: number
    rude: number
    servers: { close(callback?: () => void): unknown }[]
    sockets: Set<Socket>
  }) {
    this.http = fields.http
    this.https = fields.https
    this.certificate = fields.certificate
    this.echo = fields.echo
    this.count = fields.count
    this.rude = fields.rude
    this.#servers = fields.servers
    this.#sockets = fields.sockets
  }

  static async start(): Promise<Origin> {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    const sockets = new Set<Socket>()
    const tcp = (serve: (socket: Socket) => void): ReturnType<typeof createServer> =>
      createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => {})
        serve(socket)
      })
    let origin: Origin | undefined
    const servers = {
      http: createHttpServer(answer),
      https: createHttpsServer({ key, cert }, answer),
      echo: tcp((socket) => {
        socket.on('error', () => {
          if (origin !== undefined) origin.resets += 1
        })
        socket.pipe(socket)
      }),
      count: tcp((socket) => {
        let bytes = 0
        socket.on('data', (data) => {
          bytes += data.length
        })
        socket.on('end', () => socket.end(String(bytes)))
      }),
      rude: tcp((socket) => {
        socket.write('go on')
        socket.once('data', () => socket.resetAndDestroy())
      }),
    }
    for (const server of [servers.http, servers.https]) echoWebSockets(server)
    for (const server of Object.values(servers)) {
      server.on('connection', (socket: Socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      server.listen(0, HOST)
      await once(server, 'listening')
    }
    const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port
    origin = new Origin({
      http: port(servers.http),
      https: port(servers.https),
      certificate: cert,
      echo: port(servers.echo),
      count: port(servers.count),
      rude: port(servers.rude),
      servers: Object.values(servers),
      sockets,
    })
    return origin
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    for (const server of this.#servers) server.close()
  }
}

function echoWebSockets(server: Server): void {
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })))
}
