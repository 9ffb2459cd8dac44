/*
 * Marks of the plots on the status page: SVG that is stretched to the width there is, so it holds no text. Whatever has a
 * size of its own, such as the names of the axes, is HTML around it. A piece of which nothing is known is a gap, never a zero.
 */

/** One plot's height in its own units; a piece is `PIECE_WIDTH` wide. */
const HEIGHT = 100
const PIECE_WIDTH = 10

export type Known = number | undefined
export interface Band {
  readonly low: Known
  readonly high: Known
}

/** What to draw of the pieces, from 0 to `top`. */
export interface PlotOptions {
  readonly top: number
  /** What the plot shows in words, for those who do not see it. */
  readonly label: string
  /** One line about each piece, shown where the pointer is. */
  readonly titles: readonly string[]
}

/** A line through what is known, above a filled area, with a band around it where there is one. */
export function linePlot(values: readonly Known[], bands: readonly Band[], options: PlotOptions): string {
  const y = scaleTo(options.top)
  const shapes = runsOf(values).flatMap(([from, to]) => {
    const line = pointsOf(from, to, (index) => y(values[index] ?? 0))
    const area = `M${from * PIECE_WIDTH} ${HEIGHT}L${line}L${to * PIECE_WIDTH} ${HEIGHT}Z`
    return [`<path class="area" d="${area}"/>`, `<path class="line" d="M${line}"/>`]
  })
  const runsOfBands = runsOf(bands.map(({ low, high }) => (low === undefined ? undefined : high)))
  const bandShapes = runsOfBands.map(([from, to]) => {
    const above = pointsOf(from, to, (index) => y(bands[index]?.high ?? 0))
    const below = pointsOf(from, to, (index) => y(bands[index]?.low ?? 0))
    return `<path class="band" d="M${above}L${below.split('L').reverse().join('L')}Z"/>`
  })
  return plot(values, [...bandShapes, ...shapes], options)
}

/** A bar for each piece; `rest`, where given, is stacked on it up to `top`. */
export function barPlot(
  values: readonly Known[],
  options: PlotOptions & { readonly rest?: boolean },
): string {
  const y = scaleTo(options.top)
  const bars = values.flatMap((value, index) => {
    if (value === undefined) return []
    const top = y(value)
    const [x, width] = [index * PIECE_WIDTH + 1, PIECE_WIDTH - 2]
    const rest = options.rest && top > 0 ? rect('rest', x, width, 0, top) : ''
    return [rest + (top < HEIGHT ? rect('bar', x, width, top, HEIGHT - top) : '')]
  })
  return plot(values, bars, options)
}

function plot(values: readonly Known[], shapes: readonly string[], { label, titles }: PlotOptions): string {
  const width = values.length * PIECE_WIDTH
  const gaps = runsOf(values.map((value) => (value === undefined ? 1 : undefined))).map(([from, to]) =>
    rect('gap', from * PIECE_WIDTH, (to - from) * PIECE_WIDTH, 0, HEIGHT),
  )
  const grid = [0, HEIGHT / 2, HEIGHT].map((y) => `<path class="grid" d="M0 ${y}H${width}"/>`)
  const hovers = titles.map(
    (title, index) =>
      `<g class="piece"><title>${title}</title>${rect('hit', index * PIECE_WIDTH, PIECE_WIDTH, 0, HEIGHT)}</g>`,
  )
  const marks = [...gaps, ...grid, ...shapes, ...hovers].join('')
  return `<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">${marks}</svg>`
}

/** Stretches of known values, from the first piece to behind the last. */
function runsOf(values: readonly Known[]): [number, number][] {
  const runs: [number, number][] = []
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue
    const run = runs.at(-1)
    if (run?.[1] === index) run[1] += 1
    else runs.push([index, index + 1])
  }
  return runs
}

/** From edge to edge, so that a single piece between two gaps is seen as well. */
function pointsOf(from: number, to: number, y: (index: number) => number): string {
  const middles = Array.from({ length: to - from }, (_, i) => {
    return `${(from + i + 0.5) * PIECE_WIDTH} ${y(from + i)}`
  })
  return [`${from * PIECE_WIDTH} ${y(from)}`, ...middles, `${to * PIECE_WIDTH} ${y(to - 1)}`].join('L')
}

function scaleTo(top: number): (value: number) => number {
  return (value) => Math.round((1 - Math.min(1, value / top)) * HEIGHT * 10) / 10
}

function rect(className: string, x: number, width: number, y: number, height: number): string {
  return `<rect class="${className}" x="${x}" width="${width}" y="${y}" height="${height}"/>`
}

/** The next number from `value` up that has few digits, as has its half. */
export function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, Number.MIN_VALUE)))
  const factor = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value) ?? 10
  return factor * power
}
