import { createHash } from 'node:crypto'
import { type EventEmitter, once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { type ErrorCode, FootbridgeError } from '@footbridge/shared'
import { generate } from 'selfsigned'
import { onTestFinished } from 'vitest'
import type { Dial } from './dial.ts'
import { type ProxyServer, type ProxyServerOptions, startProxyServer } from './proxy-server.ts'

/** Stands in for a session: connects from here. */
export const directDial: Dial = async ({ host, port }, { signal }) => {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
  await once(socket, 'connect', { signal })
  return socket
}

export function failingDial(code: ErrorCode): Dial {
  return async () => {
    throw new FootbridgeError(code, 'the dial failed')
  }
}

/** A dial that neither succeeds nor fails; `aborted` resolves when it is given up. */
export function hangingDial(): { dial: Dial; dialled: Promise<unknown>; aborted: Promise<unknown> } {
  const dialled = deferred()
  const aborted = deferred()
  const dial: Dial = (target, { signal }) => {
    dialled.resolve(target)
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted.resolve(undefined)
        reject(new FootbridgeError('aborted', 'given up'))
      })
    })
  }
  return { dial, dialled: dialled.promise, aborted: aborted.promise }
}

function deferred() {
  let resolve: (value: unknown) => void = () => {}
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}

export async function startProxy(
  dial: Dial = directDial,
  options: Partial<ProxyServerOptions> = {},
): Promise<ProxyServer> {
  const proxy = await startProxyServer({ host: '127.0.0.1', port: 0, dial, closeGraceMs: 0, ...options })
  onTestFinished(() => proxy.close())
  return proxy
}

/** Starts any kind of server on loopback and resolves to its port. */
export async function startOrigin(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

export async function startTcpOrigin(serve: (socket: Socket) => void, host?: string): Promise<number> {
  return await startOrigin(createServer({ allowHalfOpen: true }, serve), host)
}

/** An app's connection to the proxy, half-open allowed. */
export function connectApp({ port }: { port: number }): Socket {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Exactly the next `length` bytes. */
export async function take(stream: Readable, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = stream.read(length)
    if (bytes !== null) return bytes
    await once(stream, 'readable')
  }
}

/** The next bytes up to and with `mark`, as text. */
export async function takeUntil(stream: Readable, mark: string): Promise<string> {
  let text = ''
  while (!text.endsWith(mark)) text += (await take(stream, 1)).toString('latin1')
  return text
}

/** Everything up to the other side's end. Leaves the stream open for writing. */
export async function takeAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk) => chunks.push(chunk))
  await once(stream, 'end')
  return Buffer.concat(chunks)
}

/** Unlike `once`, does not mind how it came to the end. */
export function closeOf(stream: EventEmitter): Promise<void> {
  return new Promise((resolve) => void stream.on('error', () => {}).once('close', () => resolve()))
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A key and a certificate for `localhost`, made anew. */
export async function makeCertificate(): Promise<{ key: string; cert: string }> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  })
  return { key: made.private, cert: made.cert }
}
