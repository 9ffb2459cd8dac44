// Many clients at once, and the targets of them all: load-process.ts EGRESS_URL TICKET_KEY_FILE
// What the egress sees of a bridge is a WebSocket with a ticket. Here the clients open those themselves: a thousand
// WebRTC connections would keep the machine busy with something that is not measured.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import {
  ClientSession,
  decodeBase64Url,
  KEY_BYTES,
  PROTOCOL_VERSION,
  type SessionStream,
  signTicket,
  systemClock,
  type Target,
  TICKET_ID_BYTES,
  TICKET_LIFETIME_MS,
  validateEgressDescriptor,
  webSocketCarrier,
} from '@footbridge/shared'
import { nodePrimitives, readSecret } from '@footbridge/shared/node'
import { WebSocket } from 'ws'
import { HOST } from '../loopback.ts'
import { serve } from './program.ts'
import { messages } from './transfer.ts'

/** Clients that come or read at the same time. */
const CONCURRENCY = 20
/** Longest that one client may take for one thing. */
const STEP_TIMEOUT_MS = 20_000
/** What a client reads of a download. */
const READ_BYTES = 1_048_576
/** The windows of a stalled client are full by then. */
const STALL_MS = 500

const [egressUrl = '', ticketKeyFile = ''] = process.argv.slice(2)
const egress = validateEgressDescriptor(await (await fetch(`${egressUrl}/v1/egress`)).json())
const ticketKey = (await readSecret(ticketKeyFile, KEY_BYTES)) ?? new Uint8Array(KEY_BYTES)
const sign = nodePrimitives.ed25519.signer(ticketKey)

const endless = await listen((socket) => Readable.from(messages(Number.POSITIVE_INFINITY)).pipe(socket))
const silent = await listen(() => {})

/** A client with one path. */
class Visitor {
  readonly #socket: WebSocket
  readonly #session: ClientSession
  #established: () => void = () => {}

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.#session = new ClientSession({
      primitives: nodePrimitives,
      clock: systemClock,
      egressPublicKey: decodeBase64Url(egress.publicKey),
      established: () => this.#established(),
      closed: () => {},
    })
  }

  /** Resolves once its session stands. */
  static async come(): Promise<Visitor> {
    const url = `${egressUrl.replace('http', 'ws')}/v1/relay?ticket=${ticket()}`
    const socket = new WebSocket(url, { perMessageDeflate: false })
    const visitor = new Visitor(socket)
    const carrier = webSocketCarrier(socket)
    await inTime('open a path', (resolve) => socket.on('open', resolve))
    await inTime('establish a session', (resolve) => {
      visitor.#established = resolve
      visitor.#session.attach(carrier, { end: () => {} })
    })
    return visitor
  }

  /** Resolves once the target is reached. */
  async open(target: Target): Promise<SessionStream> {
    const stream = this.#session.open(target)
    await inTime('reach a target', (resolve) => stream.listen({ opened: resolve }))
    return stream
  }

  /** Reads of an endless download. Whoever waits for this may vanish in the middle of it. */
  async download(): Promise<void> {
    const stream = await this.open(endless)
    let read = 0
    await inTime('download', (resolve) => {
      const drain = () => {
        for (let bytes = stream.read(); bytes; bytes = stream.read()) read += bytes.length
        if (read >= READ_BYTES) resolve()
      }
      stream.listen({ readable: drain })
      drain()
    })
  }

  /** Reads nothing of an endless download. */
  async stall(): Promise<void> {
    await this.open(endless)
    await new Promise((resolve) => setTimeout(resolve, STALL_MS))
  }

  /** Takes its leave. */
  leave(): void {
    this.#session.close()
  }

  /** Loses its path without a word, and never comes back. */
  vanish(): void {
    this.#socket.terminate()
  }
}

const visitors: Visitor[] = []

serve('', {
  /** Downloads by clients that take their leave. */
  warmUp: (count: number) =>
    each(count, async () => {
      const visitor = await Visitor.come()
      await visitor.download()
      visitor.leave()
    }),
  /** Half of the clients read nothing and vanish together; the others vanish in the middle of their downloads. */
  abandon: async (count: number) => {
    const stalled: Visitor[] = []
    await each(count / 2, async () => {
      const visitor = await Visitor.come()
      stalled.push(visitor)
      await visitor.stall()
      const reader = await Visitor.come()
      await reader.download()
      reader.vanish()
    })
    for (const visitor of stalled) visitor.vanish()
  },
  /** Clients that come and stay, and do nothing. */
  stay: async (count: number) => {
    await each(count, async () => {
      visitors.push(await Visitor.come())
    })
  },
  /** Each of those opens streams on which nothing is said. */
  openStreams: (countEach: number) =>
    each(visitors.length, async (index) => {
      for (let count = 0; count < countEach; count += 1) await visitors[index]?.open(silent)
    }),
})

/** Does `count` things, a few at a time. */
async function each(count: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < count) {
      const index = next
      next += 1
      await task(index)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
}

function inTime(task: string, start: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`a client failed to ${task} within ${STEP_TIMEOUT_MS} ms`)),
      STEP_TIMEOUT_MS,
    )
    start(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function ticket(): string {
  const id = nodePrimitives.randomBytes(TICKET_ID_BYTES)
  const expiresAt = Date.now() + TICKET_LIFETIME_MS
  return signTicket({ version: PROTOCOL_VERSION, id, egress: egress.id, expiresAt }, sign)
}

async function listen(onConnection: (socket: Socket) => void): Promise<Target> {
  const server = createServer((socket) => onConnection(socket.on('error', () => {}))).listen(0, HOST)
  await once(server, 'listening')
  return { host: HOST, port: (server.address() as AddressInfo).port }
}
