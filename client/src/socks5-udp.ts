import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6, type Socket } from 'node:net'
import { isFootbridgeError, type Target } from '@footbridge/shared'
import { closeGently } from './app-socket.ts'
import type { Datagrams } from './datagrams.ts'
import { encodeReply, Reply } from './socks5.ts'
import { encodeDatagram, parseDatagram } from './socks5-datagram.ts'

/**
 * Serves one UDP ASSOCIATE: opens a UDP socket where the app's TCP connection arrived, tells the app, and carries datagrams
 * between the two until that connection or `datagrams` ends. Takes them only from the app's own address: from the port that
 * it named, or that it sends from first. Never rejects.
 */
export async function serveUdp(app: Socket, datagrams: Datagrams, namedPort: number): Promise<void> {
  const host = withoutMapping(app.localAddress ?? '')
  const appHost = withoutMapping(app.remoteAddress ?? '')
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  const end = () => datagrams.close()
  try {
    socket.bind(0, host)
    await once(socket, 'listening')
    socket.on('error', end)
    const relay = new AppPort(socket, { host: appHost, port: namedPort })
    socket.on('message', (bytes, from) => {
      if (relay.isApp(from)) passOn(bytes, datagrams)
    })
    app.once('end', end).once('close', end).resume()
    if (app.destroyed || app.readableEnded) end()
    else app.write(encodeReply(Reply.succeeded, { host, port: socket.address().port }))
    for await (const datagram of datagrams) relay.send(encodeDatagram(datagram))
  } catch {
    // The network lost the association: the app learns it by the end of its connection, and may ask for another.
  } finally {
    datagrams.close()
    socket.close()
    closeGently(app)
  }
}

/** Where the app sends from and is answered. */
class AppPort {
  readonly #socket: UdpSocket
  readonly #host: string
  #port: number

  constructor(socket: UdpSocket, { host, port }: Target) {
    this.#socket = socket
    this.#host = host
    this.#port = port
  }

  isApp({ address, port }: { readonly address: string; readonly port: number }): boolean {
    if (withoutMapping(address) !== this.#host) return false
    if (this.#port === 0) this.#port = port
    return port === this.#port
  }

  send(bytes: Uint8Array): void {
    if (this.#port !== 0) this.#socket.send(bytes, this.#port, this.#host, () => {})
  }
}

function passOn(bytes: Uint8Array, datagrams: Datagrams): void {
  const datagram = parseDatagram(bytes)
  if (datagram === undefined) return
  try {
    datagrams.send(datagram)
  } catch (error) {
    // What cannot be sent is lost, as UDP loses things.
    if (!isFootbridgeError(error)) throw error
  }
}

/** An IPv4 address as such, also where a socket for both families shows it as IPv6. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}
