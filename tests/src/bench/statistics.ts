/** What a benchmark says about one thing it measured several times. */
export interface Figure {
  readonly value: number
  readonly min: number
  readonly max: number
}

/** The median of `values`, between their least and greatest. */
export function medianOf(values: readonly number[]): Figure {
  return percentileOf(values, 50)
}

/** The `percent`th percentile of `values`, between their least and greatest. */
export function percentileOf(values: readonly number[], percent: number): Figure {
  const sorted = values.toSorted((a, b) => a - b)
  return { value: percentile(sorted, percent), min: percentile(sorted, 0), max: percentile(sorted, 100) }
}

/** To three significant digits; whole numbers stay whole. More would be noise. */
export function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}

/** Between neighbours, the nearer one counts more, as in most spreadsheets. */
function percentile(sorted: readonly number[], percent: number): number {
  const at = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined) throw new Error('there is nothing to take a percentile of')
  return below + (above - below) * (at - Math.floor(at))
}
