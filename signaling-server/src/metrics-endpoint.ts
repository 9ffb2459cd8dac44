import { metricsAccess } from '@footbridge/shared/node'
import type { RequestHandler } from 'express'

/** `GET /metrics` for those who may read them; see `metricsAccess`. */
export function metricsEndpoint(text: () => Promise<string>, token: string | undefined): RequestHandler {
  const mayRead = metricsAccess(token)
  return async (request, response) => {
    response.set('cache-control', 'no-store').type('text/plain')
    if (mayRead(request)) response.set('content-type', METRICS_TYPE).send(await text())
    else response.status(403).send('Metrics are for this machine, or for whoever knows --metrics-token.\n')
  }
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
