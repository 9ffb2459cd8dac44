import { METRICS_CONTENT_TYPE, METRICS_REFUSED, metricsAccess } from '@footbridge/shared/node'
import type { RequestHandler } from 'express'

/** `GET /metrics` for those who may read them; see `metricsAccess`. */
export function metricsEndpoint(text: () => Promise<string>, token: string | undefined): RequestHandler {
  const mayRead = metricsAccess(token)
  return async (request, response) => {
    response.set('cache-control', 'no-store').type('text/plain')
    if (mayRead(request)) response.set('content-type', METRICS_CONTENT_TYPE).send(await text())
    else response.status(403).send(METRICS_REFUSED)
  }
}
