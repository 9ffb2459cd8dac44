import { isFootbridgeError, parseProbeReport } from '@footbridge/shared'
import { CROWD, hasBearer } from '@footbridge/shared/node'
import express, { type Router } from 'express'
import { renderStatusPage, type Status } from './status-page.ts'
import { MINUTE_MS, type StatusRecorder } from './status-recorder.ts'
import { STATUS_STYLE } from './status-style.ts'
import { conditionOf, DAY, MONTH, type Piece, type Summary, summarize } from './status-summary.ts'

/** The page has no script and sends nothing anywhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const MAX_REPORT_BYTES = 1_024
const MAX_AGE = 'public, max-age=30'

/**
 * `GET /status`, and the same as data at `/status.json`; `POST /v1/probes` for probes that know `probeToken`. A month is
 * summed up at most once a minute, however many ask.
 */
export function statusEndpoint(recorder: StatusRecorder, probeToken: string): Router {
  const router = express.Router()
  let minute = Number.NaN
  let page = ''
  let data = ''
  const refresh = (): void => {
    if (minute === recorder.minute) return
    minute = recorder.minute
    const status = readStatus(recorder, minute)
    page = renderStatusPage(status)
    data = JSON.stringify(statusAsData(status))
  }

  router.get('/status', (_request, response) => {
    refresh()
    response.set({ 'content-security-policy': PAGE_POLICY, 'cache-control': MAX_AGE }).type('html').send(page)
  })
  router.get('/status.json', (_request, response) => {
    refresh()
    response.set({ 'access-control-allow-origin': '*', 'cache-control': MAX_AGE }).type('json').send(data)
  })
  router.get('/status.css', (_request, response) => {
    response.set('cache-control', MAX_AGE).type('css').send(STATUS_STYLE)
  })

  const readBody = express.json({ type: () => true, limit: MAX_REPORT_BYTES, inflate: false })
  router.post('/v1/probes', (request, response, next) => {
    // Before the body, which nobody else's business it is to send.
    if (hasBearer(request, probeToken)) next()
    else response.status(401).type('text/plain').send('Only probes of this network report here.\n')
  })
  router.post('/v1/probes', readBody, (request, response) => {
    try {
      recorder.probed(parseProbeReport(request.body))
      // So that it shows at once.
      minute = Number.NaN
      response.status(204).end()
    } catch (error) {
      if (!isFootbridgeError(error)) throw error
      response.status(400).type('text/plain').send("The probe's report is malformed.\n")
    }
  })
  return router
}

function readStatus(recorder: StatusRecorder, minute: number): Status {
  const rows = recorder.last(MONTH.minutes + MONTH.pieceMinutes)
  return {
    condition: conditionOf(rows, minute),
    day: summarize(rows, minute, DAY),
    month: summarize(rows, minute, MONTH),
    time: minute * MINUTE_MS,
  }
}

function statusAsData({ condition, day, month, time }: Status): object {
  return {
    time: new Date(time).toISOString(),
    condition,
    roundedUpTo: CROWD,
    day: summaryAsData(day),
    month: summaryAsData(month),
  }
}

/** JSON leaves out what is not known. */
function summaryAsData({ span, pieces, whole }: Summary): object {
  return { minutesPerPiece: span.pieceMinutes, whole, pieces: pieces.map(pieceAsData) }
}

function pieceAsData({ start, ...figures }: Piece): object {
  return { start: new Date(start * MINUTE_MS).toISOString(), ...figures }
}
