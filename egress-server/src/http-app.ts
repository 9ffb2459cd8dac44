import type { EgressDescriptor } from '@footbridge/shared'
import express, { type Express, type RequestHandler } from 'express'
import { OUTCOMES_PATH } from './outcomes-endpoint.ts'
import { RELAY_PATH } from './relay-endpoint.ts'

export interface HttpAppOptions {
  readonly descriptor: EgressDescriptor
  /** Whether a path could be opened now. */
  readonly ready: () => boolean
  readonly outcomes: RequestHandler
}

/** What the egress answers over plain HTTP. */
export function createHttpApp({ descriptor, ready, outcomes }: HttpAppOptions): Express {
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
  app.get(RELAY_PATH, (_request, response) => {
    response.status(426).set('Upgrade', 'websocket').type('text').send('This is for WebSockets.\n')
  })
  return app
}
