import type { LiveText } from './texts/text.ts'

/** Where a slider stops. `undefined` is no limit. */
export type Stops = readonly (number | undefined)[]

const PEOPLE = [1, 2, 4, 8, 16, 32]

/** In bytes per second, and what they are about as much as. */
const RATES: readonly (readonly [number | undefined, keyof LiveText & string])[] = [
  [25_000, 'voiceCall'],
  [250_000, 'videoCall'],
  [750_000, 'film'],
  [2_500_000, 'sharpFilm'],
  [6_250_000, 'download'],
  [undefined, 'unlimited'],
]

export const DAY_STOPS: Stops = [250e6, 1e9, 2e9, 5e9, 20e9, undefined]
export const MONTH_STOPS: Stops = [2e9, 10e9, 50e9, 200e9, 500e9, undefined]

export function peopleStops(bound: number | undefined): Stops {
  return boundedStops(PEOPLE, bound)
}

export function rateStops(bound: number | undefined): Stops {
  return boundedStops(
    RATES.map(([rate]) => rate),
    bound,
  )
}

/** Which words tell best what a rate is good for. */
export function wordsOfRate(rate: number | undefined): keyof LiveText & string {
  const fitting = RATES.filter(([stop]) => stop !== undefined && rate !== undefined && stop <= rate)
  return rate === undefined ? 'unlimited' : (fitting.at(-1)?.[1] ?? 'voiceCall')
}

/** The stop for `value`: the last one that is not above it. */
export function stopOf(stops: Stops, value: number | undefined): number {
  const limit = value ?? Number.POSITIVE_INFINITY
  return Math.max(
    0,
    stops.findLastIndex((stop) => (stop ?? Number.POSITIVE_INFINITY) <= limit),
  )
}

/** Up to what the page allows, which is the last stop. */
function boundedStops(stops: Stops, bound: number | undefined): Stops {
  if (bound === undefined) return stops
  return [...stops.filter((stop) => stop !== undefined && stop < bound), bound]
}
