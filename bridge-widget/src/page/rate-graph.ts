import { type Rates, SLOTS } from './rate-history.ts'

/** Height of each half, in units of the drawing. */
const HALF = 50
/** The scale goes at least this far, so that a trickle looks like one. */
const LEAST_TOP = 20_000

export interface RateDrawing {
  /** SVG paths: an area above the middle, and one below; empty where nothing passed. */
  readonly down: string
  readonly up: string
  /** Bytes per second at the upper and at the lower edge. */
  readonly top: number
}

/** Draws what goes to people upwards, and what comes from them downwards, both to one scale. */
export function drawRates(slots: readonly Rates[]): RateDrawing {
  const most = slots.reduce((most, { down, up }) => Math.max(most, down, up), LEAST_TOP)
  const top = niceTop(most)
  const area = (heights: readonly number[]): string => {
    if (heights.every((height) => height === 0)) return ''
    const points = heights.map((height, index) => `${index} ${round(HALF + height)}`)
    return `M0 ${HALF}L${points.join('L')}L${SLOTS - 2} ${HALF}Z`
  }
  return {
    down: area(slots.map(({ down }) => (-down / top) * (HALF - 1))),
    up: area(slots.map(({ up }) => (up / top) * (HALF - 1))),
    top,
  }
}

/** The next of 1, 2, 5, 10, 20, … */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find((step) => value <= step * power) ?? 10
  return step * power
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
