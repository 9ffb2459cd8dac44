import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode } from 'dns-packet'

/** A name server on loopback that knows one name, by UDP. */
export class DnsServer {
  readonly port: number
  /** Questions that it was asked. */
  questions = 0
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
  }

  static async start(name: string, address: string): Promise<DnsServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const server = new DnsServer(socket)
    socket.on('message', (bytes, from) => {
      const { id = 0, questions = [] } = decode(bytes)
      server.questions += 1
      const answers = questions
        .filter((question) => question.name === name && question.type === 'A')
        .map(() => ({ type: 'A' as const, name, ttl: 60, data: address }))
      // Response, recursion desired and available.
      socket.send(
        encode({ type: 'response', id, flags: 0x0180, questions, answers }),
        from.port,
        from.address,
      )
    })
    return server
  }

  close(): void {
    this.#socket.close()
  }
}
