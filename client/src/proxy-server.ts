import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type ListenAddress, listen } from '@footbridge/shared/node'
import { closeGently } from './app-socket.ts'
import type { Associate } from './datagrams.ts'
import type { Dial } from './dial.ts'
import { createHttpProxy, type HttpProxy } from './http-proxy.ts'
import type { ProxyPassword } from './proxy-password.ts'
import { SOCKS5_VERSION } from './socks5.ts'
import { serveSocks5 } from './socks5-server.ts'
import { resetSocket } from './splice.ts'

const SOCKS4_VERSION = 4
/** SOCKS 4: "request rejected or failed". */
const SOCKS4_REJECTED = Uint8Array.of(0, 91, 0, 0, 0, 0, 0, 0)

/** Connections that apps may have open at once; more are closed as they come. */
const MAX_APP_CONNECTIONS = 2_048
/** Time that an app has to say what it wants: first byte, SOCKS handshake, head of an HTTP request. */
const HANDSHAKE_TIMEOUT_MS = 10_000
/** Time that open connections have to end by themselves when the proxy closes. */
const CLOSE_GRACE_MS = 500

export interface ProxyServerOptions {
  readonly host: string
  readonly port: number
  readonly dial: Dial
  /** What every app must give, if anything. */
  readonly password?: ProxyPassword | undefined
  /** For UDP by SOCKS5, which is refused without it. */
  readonly associate?: Associate
  readonly handshakeTimeoutMs?: number
  readonly closeGraceMs?: number
}

export interface ProxyServer extends ListenAddress, AsyncDisposable {
  /** Takes no more connections, waits a moment for the open ones, then resets them. Idempotent. */
  close(): Promise<void>
}

/** Serves SOCKS5 and HTTP proxying on one port. Throws `unavailable` if the port cannot be had. */
export async function startProxyServer(options: ProxyServerOptions): Promise<ProxyServer> {
  const { dial, associate, password, closeGraceMs = CLOSE_GRACE_MS } = options
  const { handshakeTimeoutMs: timeoutMs = HANDSHAKE_TIMEOUT_MS } = options
  const sockets = new Set<Socket>()
  const http = createHttpProxy({ dial, password, headTimeoutMs: timeoutMs })
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // Whoever uses the socket learns of its failure by its close.
    socket.on('error', () => {})
    serveFirstByte(socket, timeoutMs, (byte) => serveProtocol(byte, socket))
  })
  server.maxConnections = MAX_APP_CONNECTIONS

  const serveProtocol = (version: number | undefined, socket: Socket) => {
    if (version === SOCKS5_VERSION) void serveSocks5(socket, { dial, associate, timeoutMs, password })
    else if (version === SOCKS4_VERSION) refuseSocks4(socket)
    else http.serve(socket)
  }

  const address = await listen(server, options)
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= closeAll(server, http, sockets, closeGraceMs)
    return closed
  }
  return { ...address, close, [Symbol.asyncDispose]: close }
}

/** Waits for an app to speak, and puts back what it said. */
function serveFirstByte(socket: Socket, timeoutMs: number, serve: (byte: number | undefined) => void): void {
  const giveUp = () => socket.destroy()
  const timer = setTimeout(giveUp, timeoutMs)
  socket.once('close', () => clearTimeout(timer))
  socket.once('end', giveUp)
  socket.once('data', (bytes) => {
    clearTimeout(timer)
    socket.off('end', giveUp)
    socket.pause()
    socket.unshift(bytes)
    serve(bytes[0])
  })
}

function refuseSocks4(socket: Socket): void {
  socket.write(SOCKS4_REJECTED)
  closeGently(socket)
}

async function closeAll(
  server: Server,
  http: HttpProxy,
  sockets: Set<Socket>,
  graceMs: number,
): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  http.close()
  const timer = setTimeout(() => {
    for (const socket of sockets) resetSocket(socket)
  }, graceMs)
  await closed
  clearTimeout(timer)
}
