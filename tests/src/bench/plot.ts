import { type Figure, round } from './statistics.ts'

const WIDTH = 720
const LABEL_WIDTH = 200
const VALUE_WIDTH = 100
const ROW_HEIGHT = 30
const BAR_HEIGHT = 16
const GROUP_GAP = 14
const TOP = 52
const BAR_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH

/** Units that names of figures end in; a name with `_vs_` in it is a ratio. Longer ones first. */
const UNITS: readonly (readonly [suffix: string, unit: string])[] = [
  ['_mbit_s', 'Mbit/s'],
  ['_mb_s', 'MB/s'],
  ['_per_s', '/s'],
  ['_s_gb', 's/GB'],
  ['_gz_kb', 'kB'],
  ['_mib', 'MiB'],
  ['_pct', '%'],
  ['_ms', 'ms'],
  ['_kb', 'kB'],
  ['_per_session', 'kB'],
  ['_per_stream', 'kB'],
  ['kb_per_waiting_bridge', 'kB'],
  ['kb_per_connection', 'kB'],
  ['_ms_per_match', 'ms'],
  ['_s', 's'],
]

// Colours of the page that shows it, as far as an image can know them.
const STYLE = `text { font: 13px system-ui, sans-serif; fill: #1f2933 }
.title { font-size: 16px; font-weight: 600 } .value { font-variant-numeric: tabular-nums }
.track { fill: #e4e9ee } .bar { fill: #2f6fb2 } .spread { stroke: #1f2933; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9ee } .track { fill: #2d3640 } .bar { fill: #5b9be0 } .spread { stroke: #e4e9ee }
}`

/** A bar for each figure with its least and greatest value, as SVG. Figures of one unit share a scale. */
export function plot(title: string, figures: Readonly<Record<string, Figure>>): string {
  const rows: string[] = []
  let y = TOP
  for (const [unit, members] of byUnit(figures)) {
    const scale = BAR_WIDTH / Math.max(...members.map(([, { max }]) => max), Number.MIN_VALUE)
    for (const [name, figure] of members) {
      rows.push(bar(name, unit, figure, scale, y))
      y += ROW_HEIGHT
    }
    y += GROUP_GAP
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>Benchmark: ${title}</title>
<style>${STYLE}</style>
<text class="title" x="16" y="30">${title}</text>
${rows.join('\n')}
</svg>
`
}

function bar(name: string, unit: string, { value, min, max }: Figure, scale: number, y: number): string {
  const middle = y + ROW_HEIGHT / 2
  const top = middle - BAR_HEIGHT / 2
  const [width, from, to] = [value, min, max].map((number) => Math.max(0, number * scale).toFixed(1))
  return `<g transform="translate(${LABEL_WIDTH} 0)">
<text x="-12" y="${middle + 4}" text-anchor="end">${name}</text>
<rect class="track" y="${top}" width="${BAR_WIDTH}" height="${BAR_HEIGHT}" rx="3"/>
<rect class="bar" y="${top}" width="${width}" height="${BAR_HEIGHT}" rx="3"/>
<line class="spread" x1="${from}" x2="${to}" y1="${middle}" y2="${middle}"/>
<text class="value" x="${BAR_WIDTH + 12}" y="${middle + 4}">${round(value)} ${unit}</text>
</g>`
}

function byUnit(figures: Readonly<Record<string, Figure>>): Map<string, [name: string, figure: Figure][]> {
  const groups = new Map<string, [name: string, figure: Figure][]>()
  for (const entry of Object.entries(figures)) {
    const unit = unitOf(entry[0])
    groups.set(unit, [...(groups.get(unit) ?? []), entry])
  }
  return groups
}

function unitOf(name: string): string {
  if (name.includes('_vs_')) return ''
  return UNITS.find(([suffix]) => name.endsWith(suffix))?.[1] ?? ''
}
