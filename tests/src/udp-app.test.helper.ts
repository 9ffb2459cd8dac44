import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What stands before each datagram, with an IPv4 address (RFC 1928, section 7). */
const HEADER_BYTES = 10

/**
 * An app that speaks UDP by SOCKS5: what arrives at its local port goes to one target, and the answers go back. So a program
 * that knows nothing of SOCKS, such as a DNS resolver, can be tried.
 */
export class UdpApp {
  /** Where the program sends to. */
  readonly port: number
  readonly #control: Socket
  readonly #sockets: readonly UdpSocket[]

  private constructor(port: number, control: Socket, sockets: readonly UdpSocket[]) {
    this.port = port
    this.#control = control
    this.#sockets = sockets
  }

  /** `target` is an IPv4 address. */
  static async start(proxyPort: number, target: { host: string; port: number }): Promise<UdpApp> {
    const control = connect(proxyPort, '127.0.0.1')
    control.write(Uint8Array.of(5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0))
    const reply = await take(control, 12)
    if (reply[3] !== 0) throw new Error(`the proxy answered ${reply[3]}`)
    const relayPort = reply.readUInt16BE(10)
    const address = target.host.split('.').map(Number)
    const header = Uint8Array.of(0, 0, 0, 1, ...address, target.port >> 8, target.port & 0xff)
    const [front, back] = [await bind(), await bind()]
    /** The port of the program that asked last. */
    let programPort = 0
    front.on('message', (data, { port }) => {
      programPort = port
      back.send(Buffer.concat([header, data]), relayPort, '127.0.0.1')
    })
    back.on('message', (bytes) => front.send(bytes.subarray(HEADER_BYTES), programPort, '127.0.0.1'))
    return new UdpApp(front.address().port, control, [front, back])
  }

  close(): void {
    this.#control.destroy()
    for (const socket of this.#sockets) socket.close()
  }
}

async function bind(): Promise<UdpSocket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

async function take(socket: Socket, length: number): Promise<Buffer> {
  let taken = Buffer.alloc(0)
  while (taken.length < length) {
    const bytes: Buffer | null = socket.read()
    if (bytes !== null) taken = Buffer.concat([taken, bytes])
    else await once(socket, 'readable')
  }
  return taken
}
