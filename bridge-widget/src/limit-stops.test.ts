import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DAY_STOPS, MONTH_STOPS, peopleStops, rateStops, stopOf, wordsOfRate } from './limit-stops.ts'

it('has every stop of every slider find itself again', () => {
  for (const stops of [peopleStops(undefined), rateStops(undefined), DAY_STOPS, MONTH_STOPS]) {
    expect(stops.map((stop) => stopOf(stops, stop))).toEqual(stops.map((_, index) => index))
  }
})

it('ends at what the page allows, whatever that is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), (bound) => {
      for (const stops of [peopleStops(bound), rateStops(bound)]) {
        expect(stops.at(-1)).toBe(bound)
        for (const stop of stops) expect(stop).toBeLessThanOrEqual(bound)
      }
    }),
  )
})

it('shows a limit of the volunteer as one that is no higher, as far as there is one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e10 }), (rate) => {
      const stops = rateStops(undefined)
      const shown = stops[stopOf(stops, rate)]
      expect(shown === stops[0] || (shown !== undefined && shown <= rate)).toBe(true)
    }),
  )
})

it('compares a rate with what takes about as much', () => {
  expect([1, 25_000, 249_999, 250_000, 1e12, undefined].map(wordsOfRate)).toEqual([
    'voiceCall',
    'voiceCall',
    'voiceCall',
    'videoCall',
    'download',
    'unlimited',
  ])
})
