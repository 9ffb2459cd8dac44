import {
  encodeSignalingMessage,
  FootbridgeError,
  isFootbridgeError,
  SignalingCloseCode,
  type SignalingMessage,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { RawData, WebSocket } from 'ws'
import type { Limits } from './limits.ts'
import type { Observations } from './observations.ts'
import { TokenBucket } from './token-bucket.ts'

export interface MessageSocketListener<Incoming> {
  /** Throws a FootbridgeError for bytes that are no message. */
  parse(bytes: Uint8Array): Incoming
  /** A FootbridgeError that it throws closes the socket. */
  message(message: Incoming): void
  /** Called once, at the first sign of the end. Not called inside the constructor. */
  close(): void
}

/**
 * A WebSocket that speaks signaling messages and keeps to the limits: message rate, signs of life, unread bytes.
 * What breaks them ends this socket with a close code and a reason, and nothing else.
 */
export class MessageSocket<Incoming, Outgoing extends SignalingMessage> {
  readonly #socket: WebSocket
  readonly #listener: MessageSocketListener<Incoming>
  readonly #limits: Limits
  readonly #observations: Observations
  readonly #log: Log
  readonly #bucket: TokenBucket
  readonly #pinging: NodeJS.Timeout
  #alive = true
  #closed = false

  constructor(
    socket: WebSocket,
    limits: Limits,
    log: Log,
    observations: Observations,
    listener: MessageSocketListener<Incoming>,
  ) {
    this.#socket = socket
    this.#listener = listener
    this.#limits = limits
    this.#observations = observations
    this.#log = log
    this.#bucket = new TokenBucket(limits.messagesPerSecond, limits.messageBurst, performance.now())
    this.#pinging = setInterval(() => this.#ping(), limits.pingIntervalMs)
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('pong', () => {
      this.#alive = true
    })
    // `ws` closes the socket itself, over-long messages (1009) included; 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#end())
  }

  send(message: Outgoing): void {
    if (this.#closed) return
    this.#socket.send(encodeSignalingMessage(message))
    if (this.#socket.bufferedAmount > this.#limits.maxUnreadBytes) {
      this.#observations.limited('unread')
      this.close(SignalingCloseCode.limit, 'too much was left unread')
      // A close frame would wait behind what is unread.
      this.#socket.terminate()
    }
  }

  /** Idempotent. The socket counts as gone from here on, however long the other side takes to agree. */
  close(code: SignalingCloseCode, reason: string): void {
    if (this.#closed) return
    this.#log.debug({ code, reason }, 'closing a socket')
    this.#socket.close(code, reason)
    this.#end()
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closed) return
    this.#alive = true
    if (!this.#bucket.take(performance.now())) {
      this.#observations.limited('messages')
      this.close(SignalingCloseCode.limit, 'too many messages')
      return
    }
    try {
      if (!isBinary) throw new FootbridgeError('malformed', 'signaling messages are binary')
      this.#listener.message(this.#listener.parse(data as Buffer))
    } catch (error) {
      if (!isFootbridgeError(error)) throw error
      this.#observations.limited('malformed')
      this.close(SignalingCloseCode.badMessage, error.message)
    }
  }

  #ping(): void {
    if (!this.#alive) {
      this.#observations.limited('silence')
      this.close(SignalingCloseCode.timeout, 'no sign of life')
      return
    }
    this.#alive = false
    this.#socket.ping()
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#pinging)
    this.#listener.close()
  }
}
