import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { concat, type ErrorCode, isFootbridgeError, type Target } from '@footbridge/shared'
import { type AppWatch, closeGently, watchApp } from './app-socket.ts'
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
  /** Time in which an app must have made its request. */
  readonly timeoutMs: number
  /** What every app must give, if anything. */
  readonly password: ProxyPassword | undefined
}

/**
 * Serves one app's connection, of which nothing has been read: a login if there is a password, CONNECT, then the bytes of
 * both sides. Never rejects.
 */
export async function serveSocks5(
  socket: Socket,
  { dial, timeoutMs, password }: Socks5Options,
): Promise<void> {
  const app = watchApp(socket)
  try {
    const target = await readTarget(socket, app, timeoutMs, password)
    const stream = await dialTarget(dial, target, app.signal)
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

async function readTarget(
  socket: Socket,
  app: AppWatch,
  timeoutMs: number,
  password: ProxyPassword | undefined,
): Promise<Target> {
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
    if (command !== Command.connect) throw new Refusal(encodeReply(Reply.commandNotSupported))
    if (target === undefined) throw new Refusal(encodeReply(Reply.addressTypeNotSupported))
    return target
  } catch (error) {
    if (isFootbridgeError(error)) throw new Refusal(encodeReply(Reply.generalFailure))
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function dialTarget(dial: Dial, target: Target, signal: AbortSignal): Promise<Duplex> {
  try {
    return await dialUnlessAborted(dial, target, signal)
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
