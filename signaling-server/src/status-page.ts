import { PROBE_BYTES } from '@footbridge/shared'
import { CROWD } from '@footbridge/shared/node'
import { type Band, barPlot, type Known, linePlot, niceTop, type PlotOptions } from './status-plot.ts'
import { MINUTE_MS } from './status-recorder.ts'
import type { Condition, Figures, Piece, Summary } from './status-summary.ts'

export interface Status {
  readonly condition: Condition
  readonly day: Summary
  readonly month: Summary
  /** Milliseconds since 1970. */
  readonly time: number
}

/** One of the figures on the page. */
interface Measure {
  readonly id: string
  readonly name: string
  readonly note: string
  readonly valueIn: (figures: Figures) => Known
  readonly bandIn?: (figures: Figures) => Band
  readonly format: (value: number) => string
  readonly kind: 'line' | 'bars' | 'shares'
  /** The scale goes at least this far. */
  readonly least: number
}

const MEASURES: readonly Measure[] = [
  {
    id: 'success',
    name: 'Connections that worked',
    note: 'of those that the probe tried, one a minute',
    valueIn: ({ success }) => success,
    format: percent,
    kind: 'shares',
    least: 1,
  },
  {
    id: 'bridges',
    name: 'Bridges',
    note: 'that volunteers keep open; median',
    valueIn: ({ bridges }) => bridges,
    format: count,
    kind: 'line',
    least: 2 * CROWD,
  },
  {
    id: 'people',
    name: 'People helped',
    note: 'everybody counts once a day',
    valueIn: ({ people }) => people,
    format: count,
    kind: 'bars',
    least: 2 * CROWD,
  },
  {
    id: 'connect',
    name: 'Time to connect',
    note: 'median; the band holds eight in ten',
    valueIn: ({ connectMs }) => connectMs?.median,
    bandIn: ({ connectMs }) => ({ low: connectMs?.low, high: connectMs?.high }),
    format: duration,
    kind: 'line',
    least: 100,
  },
  {
    id: 'speed',
    name: 'Speed',
    note: `of a download of ${PROBE_BYTES / 1_024} KiB, its start included`,
    valueIn: ({ bytesPerSecond }) => bytesPerSecond?.median,
    bandIn: ({ bytesPerSecond }) => ({ low: bytesPerSecond?.low, high: bytesPerSecond?.high }),
    format: rate,
    kind: 'line',
    least: 100_000,
  },
]

const SPANS = [
  { id: 'day', name: '24 hours', axis: ['−24 h', '−18 h', '−12 h', '−6 h', 'now'] },
  { id: 'month', name: '30 days', axis: ['−30 d', '−20 d', '−10 d', 'now'] },
] as const
type SpanInWords = (typeof SPANS)[number]

const HEADLINES: Readonly<Record<Condition, string>> = {
  working: 'People can cross.',
  failing: 'Crossing fails right now.',
  unknown: 'Nothing was measured lately.',
}

/** The whole page: no script, and nothing that anybody else wrote. */
export function renderStatusPage(status: Status): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="How well Footbridge works: bridges, people helped, connections, and speed.">
<title>${HEADLINES[status.condition]} – Footbridge status</title>
<link rel="icon" href="/widget/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/widget/page.css">
<link rel="stylesheet" href="/status.css">
</head>
<body>
<header>
<a class="home" href="/"><img src="/widget/icon.svg" alt="" width="36" height="36"> <span>Footbridge</span></a>
<span class="where">Status</span>
</header>
<main>
${hero(status)}
<fieldset class="spans">
<legend>Time span</legend>
${SPANS.map(spanChoice).join('\n')}
</fieldset>
${SPANS.map((span) => spanSection(span, status[span.id])).join('\n')}
${EXPLANATION}
</main>
<footer>As of <time datetime="${isoOf(status.time)}">${clockTime(status.time)} UTC</time>. The same as data:
<a href="/status.json">status.json</a>. To help, <a href="/">leave a tab open</a>.</footer>
</body>
</html>
`
}

function hero({ condition, day }: Status): string {
  return `<section class="summary" data-condition="${condition}" aria-labelledby="condition">
<h1 id="condition"><span class="light" aria-hidden="true"></span>${HEADLINES[condition]}</h1>
<p class="lead">${leadOf(condition, day)}</p>
</section>`
}

function leadOf(condition: Condition, { whole }: Summary): string {
  if (condition === 'unknown')
    return 'No probe has reported in the last five minutes. What is known from before is below.'
  const lately =
    whole.success === undefined
      ? ''
      : ` In the last 24 hours it got across in ${percent(whole.success)} of its tries.`
  return `Once a minute, a probe does what the program of a censored person does: it meets a volunteer, connects through them, and downloads something.${lately}`
}

function spanChoice({ id, name }: SpanInWords, index: number): string {
  return `<input type="radio" name="span" id="${id}"${index === 0 ? ' checked' : ''}><label for="${id}">${name}</label>`
}

function spanSection(span: SpanInWords, summary: Summary): string {
  return `<section class="of-${span.id}" aria-labelledby="title-${span.id}">
<h2 id="title-${span.id}">Last ${span.name}</h2>
<div class="plots">
${MEASURES.map((measure) => figure(measure, span, summary)).join('\n')}
</div>
${table(span, summary)}
</section>`
}

function figure(measure: Measure, span: SpanInWords, { pieces, whole }: Summary): string {
  const { id, name, note, valueIn, bandIn, format, kind, least } = measure
  const values = pieces.map(valueIn)
  const bands = bandIn ? pieces.map(bandIn) : []
  const most = Math.max(least, ...values.map((value) => value ?? 0), ...bands.map(({ high }) => high ?? 0))
  const top = kind === 'shares' ? 1 : niceTop(most)
  const all = valueIn(whole)
  const options: PlotOptions = {
    top,
    label: labelOf(measure, span, values, all),
    titles: pieces.map((piece, index) => `${timeOf(span, piece)}: ${orNoData(values[index], format)}`),
  }
  const marks =
    kind === 'line'
      ? linePlot(values, bands, options)
      : barPlot(values, { ...options, rest: kind === 'shares' })
  const known = values.some((value) => value !== undefined)
  return `<figure class="plot ${id}">
<figcaption><h3>${name}</h3><p class="value">${all === undefined ? '–' : format(all)}</p><p class="note">${note}</p></figcaption>
<div class="frame">
<div class="scale" aria-hidden="true">${[top, top / 2, 0].map((value) => `<span>${value === 0 ? 0 : format(value)}</span>`).join('')}</div>
<div class="marks">${marks}${known ? '' : '<p class="empty">No data yet</p>'}</div>
<div class="axis" aria-hidden="true">${span.axis.map((tick) => `<span>${tick}</span>`).join('')}</div>
</div>
</figure>`
}

function labelOf(measure: Measure, span: SpanInWords, values: readonly Known[], all: Known): string {
  const known = values.filter((value) => value !== undefined)
  if (all === undefined || known.length === 0) return `${measure.name}, last ${span.name}: no data.`
  const [least, most] = [Math.min(...known), Math.max(...known)].map(measure.format)
  const gaps = values.length - known.length
  const missing = gaps === 0 ? '' : ` No data for ${percent(gaps / values.length)} of the time.`
  return `${measure.name}, last ${span.name}: ${measure.format(all)} overall, between ${least} and ${most}.${missing}`
}

function table(span: SpanInWords, { pieces }: Summary): string {
  const rows = pieces.toReversed().map((piece) => {
    const cells = MEASURES.map(({ valueIn, format }) => `<td>${orNoData(valueIn(piece), format)}</td>`)
    return `<tr><th scope="row">${timeOf(span, piece)}</th>${cells.join('')}</tr>`
  })
  return `<details>
<summary>The same as a table</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Figures of the last ${span.name}">
<table>
<thead><tr><th scope="col">From (UTC)</th>${MEASURES.map(({ name }) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</div>
</details>`
}

const EXPLANATION = `<section aria-labelledby="meaning">
<h2 id="meaning">What is counted</h2>
<dl class="who">
<div><dt>The probe</dt><dd>Is a client like any other, run by the operator: mostly near the servers, not in a censored country. Its way is as real as anybody’s, but shorter.</dd></div>
<div><dt>Bridges and people</dt><dd>Are rounded up to the next ${CROWD}, so that nobody is seen to come or go. People are told apart by a scrambled address that is forgotten at midnight (UTC); the probe is one of them.</dd></div>
<div><dt>Gaps</dt><dd>Are times of which nothing is known, because no probe ran or this server was down; of time and speed, also because no probe got across. They are no zeros, and count as neither good nor bad.</dd></div>
</dl>
</section>`

function timeOf({ id }: SpanInWords, { start }: Piece): string {
  const time = isoOf(start * MINUTE_MS)
  return id === 'day' ? time.slice(11, 16) : `${time.slice(0, 10)} ${time.slice(11, 16)}`
}

function isoOf(time: number): string {
  return new Date(time).toISOString()
}

function clockTime(time: number): string {
  return isoOf(time).slice(0, 16).replace('T', ' ')
}

function orNoData(value: Known, format: (value: number) => string): string {
  return value === undefined ? 'no data' : format(value)
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** Rounded down, so that only all of them are 100%. */
function percent(share: number): string {
  return `${Math.floor(share * 1_000) / 10}%`
}

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${significant(ms / 1_000)} s`
}

function rate(bytesPerSecond: number): string {
  return bytesPerSecond < 1e6
    ? `${significant(bytesPerSecond / 1e3)} kB/s`
    : `${significant(bytesPerSecond / 1e6)} MB/s`
}

function significant(value: number): string {
  return String(Number(value.toPrecision(2)))
}
