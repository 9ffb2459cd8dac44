import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers a request to become a WebSocket with `status` and one sentence for people, and closes the connection. */
export function refuseUpgrade(socket: Duplex, status: number, sentence: string): void {
  // Whoever is refused may hang up first; nothing is to be done about it.
  socket.on('error', () => socket.destroy())
  const body = `${sentence}\n`
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
    // Else a client that never closes its side would keep the connection.
    () => socket.destroy(),
  )
}
