import { isFootbridgeError, parseProbeReport } from '@footbridge/shared'
import { CROWD, hasBearer } from '@footbridge/shared/node'
import express, { type Router } from 'express'
import { StatusHistory } from './status-history.ts'
import { renderStatusPage, type Status } from './status-page.ts'
import { MINUTE_MS, type StatusRecorder } from './status-recorder.ts'
import type { MinuteRow } from './status-store.ts'
import { STATUS_STYLE } from './status-style.ts'
import { conditionOf, DAY, MONTH, type Piece, RECENT_MINUTES, type Summary } from './status-summary.ts'

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

/** `GET /status`, and the same as data at `/status.json`; `POST /v1/probes` for probes that know `probeToken`. */
export function statusEndpoint(recorder: StatusRecorder, probeToken: string): Router {
  const router = express.Router()
  const view = new StatusView(recorder)

  router.get('/status', async (_request, response) => {
    const { page } = await view.current()
    response.set({ 'content-security-policy': PAGE_POLICY, 'cache-control': MAX_AGE }).type('html').send(page)
  })
  router.get('/status.json', async (_request, response) => {
    const { data } = await view.current()
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
      view.expire()
      response.status(204).end()
    } catch (error) {
      if (!isFootbridgeError(error)) throw error
      response.status(400).type('text/plain').send("The probe's report is malformed.\n")
    }
  })
  return router
}

/** What is shown, drawn anew at most once a minute and after each report, however many ask. */
class StatusView {
  readonly #recorder: StatusRecorder
  readonly #day: StatusHistory
  readonly #month: StatusHistory
  #minute = Number.NaN
  #shown: Promise<Shown> | undefined

  constructor(recorder: StatusRecorder) {
    const read = (from: number, to: number): MinuteRow[] => recorder.between(from, to)
    this.#recorder = recorder
    this.#day = new StatusHistory(DAY, read)
    this.#month = new StatusHistory(MONTH, read)
  }

  current(): Promise<Shown> {
    const { minute } = this.#recorder
    if (this.#shown !== undefined && minute === this.#minute) return this.#shown
    this.#minute = minute
    this.#shown = this.#draw(minute)
    // Whoever asks next tries again.
    this.#shown.catch(() => this.expire())
    return this.#shown
  }

  expire(): void {
    this.#minute = Number.NaN
  }

  async #draw(minute: number): Promise<Shown> {
    const recent = this.#recorder.between(minute - RECENT_MINUTES + 1, minute + 1)
    const status: Status = {
      condition: conditionOf(recent),
      day: await this.#day.summary(minute),
      month: await this.#month.summary(minute),
      time: minute * MINUTE_MS,
    }
    return { page: renderStatusPage(status), data: JSON.stringify(statusAsData(status)) }
  }
}

interface Shown {
  readonly page: string
  /** JSON. */
  readonly data: string
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
