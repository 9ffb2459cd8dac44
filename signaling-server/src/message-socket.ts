import {
  type Clock,
  encodeSignalingMessage,
  isFootbridgeError,
  SignalingCloseCode,
  type SignalingMessage,
} from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import type { WebSocket } from 'ws'
import { Deadlines } from './deadlines.ts'
import type { Limits } from './limits.ts'
import type { Observations } from './observations.ts'
import { Rate } from './rate.ts'

export interface MessageSocketListener<Incoming> {
  /** Throws a FootbridgeError for bytes that are no message. */
  parse(bytes: Uint8Array): Incoming
  /** A FootbridgeError that it throws closes the socket. */
  message(message: Incoming): void
  /** The other side broke the protocol: malformed, out of order, or too much. The socket is being closed. */
  fault(): void
  /** Called once, at the first sign of the end. Not called inside the constructor. */
  close(): void
}

export interface SocketRulesOptions {
  readonly limits: Limits
  readonly log: Log
  readonly clock: Clock
  readonly observations: Observations
}

/** What the sockets of one server keep to, and keep together. */
export class SocketRules {
  readonly limits: Limits
  readonly log: Log
  readonly clock: Clock
  readonly observations: Observations
  readonly rate: Rate
  readonly pings: Deadlines<{ ping(): void }>

  constructor({ limits, log, clock, observations }: SocketRulesOptions) {
    this.limits = limits
    this.log = log
    this.clock = clock
    this.observations = observations
    this.rate = new Rate(limits.messagesPerSecond, limits.messageBurst)
    this.pings = new Deadlines(limits.pingIntervalMs, clock, (socket) => socket.ping())
  }
}

/**
 * A WebSocket that speaks signaling messages and keeps to the rules: message rate, signs of life, unread bytes. What
 * breaks them ends this socket with a close code and a reason, and nothing else.
 */
export class MessageSocket<Incoming, Outgoing extends SignalingMessage> {
  readonly #socket: WebSocket
  readonly #listener: MessageSocketListener<Incoming>
  readonly #rules: SocketRules
  /** See {@link Rate}. */
  #free: number | undefined
  #alive = true
  #closed = false

  constructor(socket: WebSocket, rules: SocketRules, listener: MessageSocketListener<Incoming>) {
    this.#socket = socket
    this.#rules = rules
    this.#listener = listener
    rules.pings.start(this)
    socket.binaryType = 'fragments'
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#receive(takeWhole(data as Buffer[]))
      else this.#blame(SignalingCloseCode.badMessage, 'signaling messages are binary')
    })
    // `ws` answers them itself.
    socket.on('ping', () => this.#count())
    socket.on('pong', () => this.#count())
    // `ws` closes the socket itself, over-long messages (1009) included; 'close' follows.
    socket.on('error', () => {
      if (!this.#closed) this.#listener.fault()
    })
    socket.on('close', () => this.#end())
  }

  send(message: Outgoing): void {
    if (this.#closed) return
    this.#socket.send(encodeSignalingMessage(message))
    if (this.#socket.bufferedAmount > this.#rules.limits.maxUnreadBytes) {
      this.#rules.observations.limited('unread')
      this.close(SignalingCloseCode.limit, 'too much was left unread')
      // A close frame would wait behind what is unread.
      this.#socket.terminate()
    }
  }

  /** Idempotent. The socket counts as gone from here on, however long the other side takes to agree. */
  close(code: SignalingCloseCode, reason: string): void {
    if (this.#closed) return
    this.#rules.log.debug({ code, reason }, 'closing a socket')
    this.#socket.close(code, reason)
    this.#end()
  }

  /** Called each time a ping is due. */
  ping(): void {
    if (!this.#alive) {
      this.#rules.observations.limited('silence')
      this.close(SignalingCloseCode.timeout, 'no sign of life')
      return
    }
    this.#alive = false
    this.#socket.ping()
    this.#rules.pings.start(this)
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closed || !this.#count()) return
    try {
      this.#listener.message(this.#listener.parse(bytes))
    } catch (error) {
      if (!isFootbridgeError(error)) throw error
      this.#blame(SignalingCloseCode.badMessage, error.message)
    }
  }

  /** Counts one more message or ping. Whether there may be one more. */
  #count(): boolean {
    if (this.#closed) return false
    this.#alive = true
    const free = this.#rules.rate.take(this.#free, this.#rules.clock.now())
    if (free === undefined) this.#blame(SignalingCloseCode.limit, 'too many messages')
    else this.#free = free
    return free !== undefined
  }

  /** Closes the socket and reads no more of it: what a flood still sends costs nothing but its own line. */
  #blame(code: SignalingCloseCode, reason: string): void {
    if (this.#closed) return
    this.#listener.fault()
    this.#rules.observations.limited(code === SignalingCloseCode.limit ? 'messages' : 'malformed')
    this.close(code, reason)
    this.#socket.pause()
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#rules.pings.stop(this)
    this.#listener.close()
  }
}

/**
 * Joins the parts of one message, and empties their list. `ws` makes a new list after each message. That of a quiet socket
 * has grown old by the time it is filled, and is dropped right after: whatever it still held would outlive every
 * collection of young garbage, and with thousands of sockets the collector of old garbage would run all the time.
 */
function takeWhole(parts: Buffer[]): Uint8Array {
  const [only] = parts
  const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
  parts.length = 0
  return whole
}
