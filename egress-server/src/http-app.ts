import type { IncomingMessage } from 'node:http'
import type { EgressDescriptor } from '@footbridge/shared'
import { METRICS_CONTENT_TYPE, METRICS_REFUSED } from '@footbridge/shared/node'
import express, { type Express, type RequestHandler } from 'express'
import type { EgressMetrics } from './egress-metrics.ts'
import { OUTCOMES_PATH } from './outcomes-endpoint.ts'
import { RELAY_PATH } from './relay-endpoint.ts'

export interface HttpAppOptions {
  readonly descriptor: EgressDescriptor
  /** Whether a path could be opened now. */
  readonly ready: () => boolean
  readonly outcomes: RequestHandler
  readonly metrics: EgressMetrics
  readonly mayReadMetrics: (request: IncomingMessage) => boolean
}

/** What the egress answers over plain HTTP. */
export function createHttpApp(options: HttpAppOptions): Express {
  const { descriptor, ready, outcomes, metrics, mayReadMetrics } = options
  const app = express()
  app.disable('x-powered-by')
  app.get('/v1/egress', (_request, response) => {
    response.json(descriptor)
  })
  app.get(OUTCOMES_PATH, outcomes)
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok\n')
  })
  app.get('/readyz', (_request, response) => {
    const isReady = ready()
    response
      .status(isReady ? 200 : 503)
      .type('text')
      .send(isReady ? 'ok\n' : 'not ready\n')
  })
  app.get('/metrics', async (request, response) => {
    response.set('cache-control', 'no-store')
    if (mayReadMetrics(request)) response.set('content-type', METRICS_CONTENT_TYPE).send(await metrics.text())
    else response.status(403).type('text').send(METRICS_REFUSED)
  })
  app.get(RELAY_PATH, (_request, response) => {
    response.status(426).set('Upgrade', 'websocket').type('text').send('This is for WebSockets.\n')
  })
  return app
}
