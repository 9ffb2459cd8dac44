import { connect, type Socket } from 'node:net'
import {
  encodeSignalingMessage,
  MAX_SIGNALING_MESSAGE_BYTES,
  type SignalingMessage,
} from '@footbridge/shared'
import { OFFER } from './fake-peers.ts'

const OPCODE = { text: 0x81, binary: 0x82 } as const
const MASKED = 0x80
/** What masks nothing. Who floods saves the work. */
const MASK = new Uint8Array(4)

/** Bad in one way each; the server closes the socket for most of them. */
const BAD_FRAMES: readonly Buffer[] = [
  frame(OPCODE.binary, Buffer.alloc(300, 0xc1)), // no msgpack
  frame(OPCODE.binary, message({ ...OFFER, sdp: 'v=0' })), // no description
  frame(OPCODE.text, Buffer.from('{"type":"offer"}')), // text
  frame(OPCODE.binary, message({ ...OFFER, version: 'one' })), // wrong type
  frame(OPCODE.binary, message({ type: 'answer', offerId: 7, sdp: OFFER.sdp })), // not a client's to say
  frame(OPCODE.binary, message({ ...OFFER, sdp: 'x'.repeat(20_000) })), // too long a description
  frame(OPCODE.binary, message({ type: 'candidate', offerId: 9, candidate: 'candidate:1 1 udp' })), // half a line
  frame(OPCODE.binary, Buffer.alloc(MAX_SIGNALING_MESSAGE_BYTES + 1)).subarray(0, 8), // a header that claims too much
  Buffer.concat([Buffer.of(OPCODE.binary, 2), Buffer.of(0x81, 0xa1)]), // not masked
]

/** One socket that sends bad messages at a steady rate, and comes back each time that it is cut off. */
export class Flooder {
  /** Messages written so far, whether or not anybody read them. */
  sent = 0
  /** Connections made so far. */
  connections = 0
  readonly #port: number
  readonly #address: string
  #socket: Socket | undefined
  #due = 0
  #isOpen = false

  constructor(port: number, address: string) {
    this.#port = port
    this.#address = address
  }

  /** One more message is to be sent. `mostDue` wait at most, while there is no connection. */
  send(mostDue: number): void {
    this.#due = Math.min(mostDue, this.#due + 1)
    if (this.#isOpen) this.#write()
    else if (this.#socket === undefined) this.#connect()
  }

  stop(): void {
    this.#due = 0
    this.#socket?.destroy()
  }

  #connect(): void {
    this.connections += 1
    const socket = connect(this.#port, '127.0.0.1')
    this.#socket = socket
    socket.on('connect', () => {
      this.#isOpen = true
      // Does not wait to be let in.
      socket.write(this.#upgradeRequest())
      this.#write()
    })
    socket.on('error', () => {}).on('end', () => socket.destroy())
    socket.on('close', () => {
      this.#isOpen = false
      this.#socket = undefined
      if (this.#due > 0) this.#connect()
    })
    socket.resume()
  }

  #write(): void {
    for (; this.#due > 0; this.#due -= 1) {
      this.#socket?.write(BAD_FRAMES[this.sent % BAD_FRAMES.length] as Buffer)
      this.sent += 1
    }
  }

  #upgradeRequest(): string {
    return [
      'GET /v1/client HTTP/1.1',
      'Host: signaling.example',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `X-Forwarded-For: ${this.#address}`,
      '\r\n',
    ].join('\r\n')
  }
}

function message(fields: Readonly<Record<string, unknown>>): Uint8Array {
  return encodeSignalingMessage(fields as unknown as SignalingMessage)
}

/** See RFC 6455, section 5.2. */
function frame(opcode: number, payload: Uint8Array): Buffer {
  const length = payload.length
  const header =
    length < 126
      ? Buffer.of(opcode, MASKED | length)
      : Buffer.of(opcode, MASKED | 126, length >> 8, length & 0xff)
  return Buffer.concat([header, MASK, payload])
}
