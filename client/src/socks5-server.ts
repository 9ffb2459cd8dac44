import { once } from 'node:events'
import type { Socket } from 'node:net'
import { concat, type ErrorCode, isFootbridgeError, type Target } from '@footbridge/shared'
import { type AppWatch, closeGently, watchApp } from './app-socket.ts'
import type { Associate } from './datagrams.ts'
import { type Dial, dialUnlessAborted } from './dial.ts'
import type { ProxyPassword } from './proxy-password.ts'
import {
  Command,
  encodeLoginReply,
  encodeMethod,
  encodeReply,
  Method,
  type Parsed,
  parseGreeting,
  parseLogin,
  parseRequest,
  Reply,
} from './socks5.ts'
import { serveUdp } from './socks5-udp.ts'
import { splice } from './splice.ts'

const REPLY_OF_ERROR: Partial<Record<ErrorCode, Reply>> = {
  'not-allowed': Reply.notAllowed,
  'no-bridge': Reply.networkUnreachable,
  'session-lost': Reply.networkUnreachable,
  unavailable: Reply.networkUnreachable,
  unreachable: Reply.hostUnreachable,
  'unknown-host': Reply.hostUnreachable,
  refused: Reply.connectionRefused,
  timeout: Reply.timedOut,
}

/** The reply that tells an app of a dial's failure. */
function replyOfError(error: unknown): Reply {
  return (isFootbridgeError(error) && REPLY_OF_ERROR[error.code]) || Reply.generalFailure
}

export interface Socks5Options {
  readonly dial: Dial
  /** For UDP ASSOCIATE, which is refused without it. */
  readonly associate?: Associate | undefined
  /** Time in which an app must have made its request. */
  readonly timeoutMs: number
  /** What every app must give, if anything. */
  readonly password: ProxyPassword | undefined
}

/**
 * Serves one app's connection, of which nothing has been read: a login if there is a password, CONNECT or UDP ASSOCIATE,
 * then what both sides say. Never rejects.
 */
export async function serveSocks5(socket: Socket, options: Socks5Options): Promise<void> {
  const { dial, associate, timeoutMs, password } = options
  const app = watchApp(socket)
  try {
    const { command, target } = await readRequest(socket, app, timeoutMs, password)
    if (command === Command.udpAssociate && associate !== undefined) {
      const datagrams = await refuseFailure(associate({ signal: app.signal }))
      app.dispose()
      await serveUdp(socket, datagrams, target.port)
      return
    }
    if (command !== Command.connect) throw new Refusal(encodeReply(Reply.commandNotSupported))
    const stream = await refuseFailure(dialUnlessAborted(dial, target, app.signal))
    app.dispose()
    socket.write(encodeReply(Reply.succeeded))
    splice(socket, stream)
  } catch (error) {
    app.dispose()
    // An app that went away, or never spoke up, gets no answer.
    if (error instanceof Refusal) socket.write(error.answer)
    closeGently(socket)
  }
}

/** Ends the exchange with one last answer. */
class Refusal extends Error {
  readonly answer: Uint8Array

  constructor(answer: Uint8Array) {
    super('the SOCKS request was refused')
    this.answer = answer
  }
}

async function readRequest(
  socket: Socket,
  app: AppWatch,
  timeoutMs: number,
  password: ProxyPassword | undefined,
): Promise<{ readonly command: number; readonly target: Target }> {
  const timer = setTimeout(app.abort, timeoutMs)
  try {
    const methods = await readMessage(socket, parseGreeting, app.signal)
    const method = password === undefined ? Method.none : Method.password
    if (!methods.includes(method)) throw new Refusal(encodeMethod(Method.noneAcceptable))
    socket.write(encodeMethod(method))
    if (password !== undefined) {
      const given = await readMessage(socket, parseLogin, app.signal)
      if (!password.admits(given)) throw new Refusal(encodeLoginReply(false))
      socket.write(encodeLoginReply(true))
    }
    const { command, target } = await readMessage(socket, parseRequest, app.signal)
    if (target === undefined) throw new Refusal(encodeReply(Reply.addressTypeNotSupported))
    return { command, target }
  } catch (error) {
    if (isFootbridgeError(error)) throw new Refusal(encodeReply(Reply.generalFailure))
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function refuseFailure<T>(wanted: Promise<T>): Promise<T> {
  try {
    return await wanted
  } catch (error) {
    throw new Refusal(encodeReply(replyOfError(error)))
  }
}

/** Reads one message and leaves what follows it in the socket. Bounded: no message is longer than 513 bytes. */
async function readMessage<T>(
  socket: Socket,
  parse: (bytes: Uint8Array) => Parsed<T> | undefined,
  signal: AbortSignal,
): Promise<T> {
  let bytes: Uint8Array = new Uint8Array()
  for (;;) {
    const chunk: Uint8Array | null = socket.read()
    if (chunk === null) {
      await once(socket, 'readable', { signal })
      continue
    }
    bytes = concat(bytes, chunk)
    const parsed = parse(bytes)
    if (parsed === undefined) continue
    if (parsed.length < bytes.length) socket.unshift(bytes.subarray(parsed.length))
    return parsed.message
  }
}
