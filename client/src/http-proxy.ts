import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { type ErrorCode, FootbridgeError, isFootbridgeError } from '@footbridge/shared'
import { closeGently, watchApp } from './app-socket.ts'
import { type Dial, dialUnlessAborted } from './dial.ts'
import {
  encodeResponseHead,
  endToEndHeaders,
  pairs,
  parseAbsoluteForm,
  parseAuthority,
  requestHeaders,
} from './http-head.ts'
import type { ProxyPassword } from './proxy-password.ts'
import { isLoopback, PAC_CONTENT_TYPE, PAC_PATH, pacFile } from './proxy-settings.ts'
import { resetSocket, splice } from './splice.ts'

const MAX_HEAD_BYTES = 65_536
/** How long an app may keep a connection without a request on it. */
const KEEP_ALIVE_TIMEOUT_MS = 60_000
/** How often heads are checked for being late. */
const CHECK_INTERVAL_MS = 1_000

const PASSWORD_WANTED = 'This proxy asks for a password, which the app must give with any user name.'

const TUNNEL_OPEN = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n')

type Answer = readonly [status: number, sentence: string]

const ANSWER_OF_ERROR: Partial<Record<ErrorCode, Answer>> = {
  'not-allowed': [403, 'The exit server does not connect to this address or port.'],
  refused: [502, 'The site refused the connection.'],
  unreachable: [502, 'The site cannot be reached.'],
  'unknown-host': [502, 'There is no site of this name.'],
  reset: [502, 'The site ended the connection early.'],
  timeout: [504, 'The site did not answer in time.'],
  'no-bridge': [503, 'No volunteer can help right now. Try again in a minute.'],
  'session-lost': [503, 'The way through the volunteers was lost. Try again in a minute.'],
  unavailable: [503, 'The exit server cannot be reached right now. Try again in a minute.'],
  closed: [503, 'The proxy is shutting down.'],
  limit: [503, 'Too many connections are open. Close some and try again.'],
}
const OTHER_FAILURE: Answer = [502, 'The site did not give an answer that can be understood.']

/** Serves HTTP on connections that it is given: CONNECT, and requests in absolute form (RFC 9112, section 3.2). */
export interface HttpProxy {
  /** Takes over an app's connection. What was read from it must be put back first. */
  serve(socket: Socket): void
  /** Closes connections without a request. */
  close(): void
}

export interface HttpProxyOptions {
  readonly dial: Dial
  /** Bounds the head of each request. */
  readonly headTimeoutMs: number
  /** What every request must give, if anything. */
  readonly password: ProxyPassword | undefined
}

export function createHttpProxy({ dial, headTimeoutMs, password }: HttpProxyOptions): HttpProxy {
  const server = createServer({
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: headTimeoutMs,
    // A body may take as long as it takes: an upload belongs to the app.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
  })
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === PAC_PATH && isLoopback(request.socket.remoteAddress)) {
      servePac(request, response)
      return
    }
    if (!isAdmitted(request, password)) {
      askForPassword(response)
      return
    }
    const app = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) app.abort()
    })
    void forward(dial, { request, response, signal: app.signal })
  }
  server.on('request', serve)
  server.on('checkContinue', serve)
  server.on('upgrade', (request, socket, head) => {
    const app = takeOver(request, socket as Socket, head)
    if (app === undefined) return
    if (isAdmitted(request, password)) void forward(dial, app)
    else askForPassword(app.response)
  })
  server.on('connect', (request, socket, head) => {
    const app = takeOver(request, socket as Socket, head)
    if (app === undefined) return
    if (isAdmitted(request, password)) void tunnel(dial, app)
    else askForPassword(app.response)
  })
  startTimeouts(server)
  return {
    serve: (socket) => {
      server.emit('connection', socket)
      socket.resume()
    },
    close: () => void server.close(),
  }
}

/** Node checks its timeouts from the moment a server listens; this one is fed by hand and never does. */
function startTimeouts(server: Server): void {
  server.emit('listening')
}

/** Whether `request` may be served: it gives the password (RFC 7617), or there is none. */
function isAdmitted({ headers }: IncomingMessage, password: ProxyPassword | undefined): boolean {
  if (password === undefined) return true
  const [, encoded] = /^Basic +([\w+/=-]+) *$/i.exec(headers['proxy-authorization'] ?? '') ?? []
  if (encoded === undefined) return false
  const credentials = Buffer.from(encoded, 'base64')
  const colon = credentials.indexOf(':')
  return colon >= 0 && password.admits(credentials.subarray(colon + 1))
}

function askForPassword(response: ServerResponse): void {
  answer(response, 407, PASSWORD_WANTED, {
    'Proxy-Authenticate': 'Basic realm="Footbridge", charset="UTF-8"',
  })
}

/** For apps on this machine, which find the proxy where they asked for the file. */
function servePac({ socket }: IncomingMessage, response: ServerResponse): void {
  const host = (socket.localAddress ?? '').replace(/^::ffff:/i, '')
  response.writeHead(200, { 'Content-Type': PAC_CONTENT_TYPE, 'Cache-Control': 'no-store' })
  response.end(pacFile({ host, port: socket.localPort ?? 0 }))
}

/** One request and where its answer goes. */
interface AppRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Fires when the app goes before it has the whole answer. */
  readonly signal: AbortSignal
}

/** A request that Node's parser ended with, CONNECT or Upgrade: either `response` is used, or `splice`. */
interface LastRequest extends AppRequest {
  /** Writes `head`; from then on the app and `stream` have each other. */
  splice(head: Buffer, stream: Duplex): void
}

/** `undefined` if the app did not wait for the answer before, which must not be mixed with bytes of a tunnel. */
function takeOver(request: IncomingMessage, socket: Socket, early: Buffer): LastRequest | undefined {
  if (early.length > 0) socket.unshift(early)
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  try {
    response.assignSocket(socket)
  } catch {
    socket.destroy()
    return undefined
  }
  const app = watchApp(socket)
  // Node's server does this for the responses that it makes itself.
  const passDrain = () => response.emit('drain')
  socket.on('drain', passDrain)
  response.once('finish', () => {
    app.dispose()
    closeGently(socket)
  })
  return {
    request,
    response,
    signal: app.signal,
    splice: (head, stream) => {
      app.dispose()
      socket.off('drain', passDrain)
      response.detachSocket(socket)
      socket.write(head)
      splice(socket, stream)
    },
  }
}

/** CONNECT: after the answer, bytes. */
async function tunnel(dial: Dial, { request, response, signal, splice }: LastRequest): Promise<void> {
  try {
    const stream = await dialUnlessAborted(dial, parseAuthority(request.url ?? ''), signal)
    splice(TUNNEL_OPEN, stream)
  } catch (error) {
    fail(response, error)
  }
}

/** A request in absolute form, maybe one that asks to switch protocols, as WebSocket does. */
async function forward(dial: Dial, app: AppRequest | LastRequest): Promise<void> {
  const { request, response, signal } = app
  try {
    const { target, authority, path } = parseAbsoluteForm(request.url ?? '')
    const switching = 'splice' in app
    if (switching) refuseBody(request)
    const stream = await dialUnlessAborted(dial, target, signal)
    signal.addEventListener('abort', () => stream.destroy())
    response.once('finish', () => closeGently(stream))
    const outgoing = httpRequest({
      createConnection: () => stream,
      method: request.method,
      path,
      headers: requestHeaders(request, authority, switching),
      maxHeaderSize: MAX_HEAD_BYTES,
    })
    outgoing.on('error', (error) => fail(response, error))
    outgoing.once('continue', () => response.writeContinue())
    outgoing.once('response', (incoming) => relay(incoming, response))
    if (switching) {
      outgoing.once('upgrade', (incoming, _stream, early) => {
        if (early.length > 0) stream.unshift(early)
        app.splice(encodeResponseHead(incoming), stream)
      })
      outgoing.end()
    } else {
      request.once('end', () => outgoing.addTrailers(pairs(request.rawTrailers)))
      request.pipe(outgoing)
    }
  } catch (error) {
    fail(response, error)
  }
}

/** Node's parser stops at the head of a request to switch protocols, so a body would be taken for what comes after. */
function refuseBody({ headers }: IncomingMessage): void {
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
    throw new FootbridgeError('malformed', 'one that asks to switch protocols cannot have a body')
  }
}

/** Copies the origin's response to the app. */
function relay(incoming: IncomingMessage, response: ServerResponse): void {
  // Before the pipeline, which would end the connection in the ordinary way: a body without a length would look whole.
  incoming.once('error', (error) => fail(response, error))
  try {
    response.sendDate = false
    response.writeHead(incoming.statusCode ?? 0, incoming.statusMessage, endToEndHeaders(incoming))
    response.flushHeaders()
  } catch (error) {
    fail(response, error)
    return
  }
  incoming.once('end', () => response.addTrailers(pairs(incoming.rawTrailers)))
  pipeline(incoming, response, () => {})
}

/** Tells the app what went wrong, or cuts its connection off if the answer has begun already. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.writableEnded) return
  if (response.headersSent) {
    if (response.socket) resetSocket(response.socket)
    return
  }
  answer(response, ...answerOfError(error))
}

/** Answers with one sentence. */
function answer(
  response: ServerResponse,
  status: number,
  sentence: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = Buffer.from(`${sentence}\n`)
  // What is left of the request's body is read and dropped, so that the app gets to read the answer.
  response.req.unpipe()
  response.req.resume()
  const type = 'text/plain; charset=utf-8'
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length, ...headers })
  response.end(body)
}

function answerOfError(error: unknown): Answer {
  if (isFootbridgeError(error, 'malformed', 'too-large')) {
    return [400, `This proxy cannot serve the request: ${error.message}.`]
  }
  return (isFootbridgeError(error) && ANSWER_OF_ERROR[error.code]) || OTHER_FAILURE
}
