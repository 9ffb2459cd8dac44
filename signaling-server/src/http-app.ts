import { existsSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { NetworkDescriptor } from '@footbridge/shared'
import type { Log } from '@footbridge/shared/node'
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type RequestHandler,
  type Response,
} from 'express'
import type { Admission } from './admission.ts'
import { offerInPathEndpoint, offersEndpoint } from './offers-endpoint.ts'
import type { PeerOrigin } from './peer-origin.ts'
import type { IntroducesClients } from './rendezvous.ts'
import type { SealedOffers } from './sealed-offers.ts'
import { isHashed, type WidgetReleases } from './widget-releases.ts'

export interface HttpAppOptions {
  readonly rendezvous: IntroducesClients
  readonly admission: Admission
  readonly sealedOffers: SealedOffers
  readonly originOf: (request: IncomingMessage) => PeerOrigin
  /** `undefined` as long as no egress is known. */
  readonly descriptor: () => NetworkDescriptor | undefined
  /** Whether there should be other instances, but none can be reached. */
  readonly isAlone: () => boolean
  /** Where the built widget and the volunteer page are; `undefined` if they cannot be found. */
  readonly widgetDirectory: string | undefined
  /** What was built there before; `undefined` if nothing is kept. */
  readonly widgetReleases: WidgetReleases | undefined
  /** What else there is to ask for. */
  readonly endpoints: Readonly<Record<string, RequestHandler>>
  readonly log: Log
}

// What is not the page is no document: it may do nothing, should a browser take it for one.
const STRICTEST_POLICY = "default-src 'none'; frame-ancestors 'none'"

// A page holds no inline script or style, loads nothing from elsewhere, and speaks to any signaling or egress.
const pagePolicy = (frameAncestors: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'connect-src * ws: wss:',
    "img-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join('; ')

// Another site could lay something else over the switch, and have visitors click on it unawares.
const PAGE_POLICY = pagePolicy("'none'")
// This one is made for frames: the element in it looks itself whether it can be seen.
const FRAME_POLICY = pagePolicy('*')

const WIDGET_MAX_AGE_MS = 300_000
/** What never changes, a browser need not ask for again. */
const FOR_GOOD = { maxAge: 31_536_000_000, immutable: true }
const NOT_BUILT = 'The widget is not built on this server: run "npm run build", then reload.'
const ALONE = 'Ready, alone: Redis cannot be reached.'
const NO_EGRESS = 'No egress is known yet: try again in a moment.'

/** Everything that signaling answers over plain HTTP. */
export function createHttpApp(options: HttpAppOptions): Express {
  const { descriptor, isAlone, widgetDirectory, widgetReleases, endpoints, log } = options
  const app = express()
  app.disable('x-powered-by')
  app.use((_request, response, next) => {
    response.set({
      'content-security-policy': STRICTEST_POLICY,
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    next()
  })

  app.get('/healthz', (_request, response) => sendSentence(response, 200, 'Alive.'))
  app.get('/readyz', (_request, response) => {
    if (!descriptor()) sendSentence(response, 503, NO_EGRESS)
    else sendSentence(response, 200, isAlone() ? ALONE : 'Ready.')
  })

  app.use('/v1', (_request, response, next) => {
    response.set({ 'access-control-allow-origin': '*', 'cache-control': 'no-store' })
    next()
  })
  app.get('/v1/network', (_request, response) => {
    const network = descriptor()
    if (network) response.json(network)
    else sendSentence(response, 503, NO_EGRESS)
  })
  app.post('/v1/offers', offersEndpoint(options))
  app.get('/v1/offers/:offer', offerInPathEndpoint(options))

  for (const [path, endpoint] of Object.entries(endpoints)) app.use(path, endpoint)

  serveWidget(app, widgetDirectory, widgetReleases)

  app.use(answerNothing)
  app.use(answerError(log))
  return app
}

/** The volunteer page at `/`, and the files that other sites embed below `/widget/`. */
function serveWidget(
  app: Express,
  directory: string | undefined,
  releases: WidgetReleases | undefined,
): void {
  // Looked at each time: the widget may be built while the server runs.
  const isBuilt = (): boolean => directory !== undefined && existsSync(join(directory, 'index.html'))

  app.use(['/widget', /^\/$/], (_request, response, next) => {
    if (isBuilt()) next()
    else sendSentence(response, 503, NOT_BUILT)
  })
  if (directory === undefined) return
  app.get('/', (_request, response, next) => {
    response.set({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-cache' })
    response.sendFile('index.html', { root: directory, cacheControl: false }, (error) => {
      if (error) next(error)
    })
  })
  app.use('/widget', (_request, response, next) => {
    response.set({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      // Pages that isolate themselves take a frame or a worker only if it does so too.
      'cross-origin-embedder-policy': 'require-corp',
    })
    next()
  })
  // The page is at `/` alone, where its policy is.
  app.use('/widget/index.html', answerNothing)
  app.get('/widget/frame.html', (_request, response, next) => {
    response.removeHeader('x-frame-options')
    response.set({ 'content-security-policy': FRAME_POLICY, 'cache-control': 'no-cache' })
    response.sendFile('frame.html', { root: directory, cacheControl: false }, (error) => {
      if (error) next(error)
    })
  })
  const files = (options: typeof FOR_GOOD | { maxAge: number }): RequestHandler =>
    express.static(directory, { index: false, redirect: false, ...options })
  const changing = files({ maxAge: WIDGET_MAX_AGE_MS })
  const fixed = files(FOR_GOOD)
  app.use('/widget', (request, response, next) => {
    const serve = isHashed(request.path.slice(1)) ? fixed : changing
    serve(request, response, next)
  })
  if (releases !== undefined) serveReleases(app, releases)
}

/** `/widget/RELEASE/…`, which never changes, and files that an element of an earlier release asks for. */
function serveReleases(app: Express, releases: WidgetReleases): void {
  app.get('/widget/:release/:file', async ({ params: { release, file } }, response, next) => {
    sendForGood(response, await releases.folderOf(release), file, next)
  })
  app.get('/widget/:file', async ({ params: { file } }, response, next) => {
    sendForGood(response, await releases.folderWith(file), file, next)
  })
}

function sendForGood(response: Response, root: string | undefined, file: string, next: NextFunction): void {
  if (root === undefined) next()
  else {
    response.sendFile(file, { root, ...FOR_GOOD }, (error) => {
      if (error) next(error)
    })
  }
}

const answerNothing: RequestHandler = (_request, response) => sendSentence(response, 404, 'Nothing is here.')

function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const status = statusOf(error)
    if (status >= 500) log.error({ err: error }, 'failed to answer a request')
    // Too late for an answer. Express would cut the connection too, but print a stack trace as well.
    if (response.headersSent) response.destroy()
    else sendSentence(response, status, SENTENCES[status] ?? 'The request could not be answered.')
  }
}

const SENTENCES: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  404: 'Nothing is here.',
  413: 'The body is too long.',
  415: 'The body must not be compressed.',
}

/** The status that an error of express or one of its parts wants. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}

function sendSentence(response: Response, status: number, sentence: string): void {
  response.status(status).type('text/plain').send(`${sentence}\n`)
}
