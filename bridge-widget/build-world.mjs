/**
 * The map of the volunteer page, drawn when the widget is built: no geographic library has to run in a volunteer's
 * browser, and a file of a few kilobytes is all it loads. Shapes are Natural Earth's (public domain) as world-atlas has
 * them (ISC), flattened by d3-geo (ISC).
 */
import { createRequire } from 'node:module'
import { geoArea, geoCentroid, geoEqualEarth, geoPath } from 'd3-geo'
import countryCodes from 'i18n-iso-countries'
import { feature } from 'topojson-client'

const require = createRequire(import.meta.url)
const COARSE = require('world-atlas/countries-110m.json')
const FINE = require('world-atlas/countries-50m.json')

const WIDTH = 2_000
// A cut through the Bering Strait leaves every country in one piece.
const ROTATION = [-11, 0]
const ANTARCTICA = 'AQ'

/**
 * `countries` have a shape, and their ISO 3166 code if they have one. `points` says where a country is; it has small
 * ones as well, which no map of this size shows.
 */
export function drawWorld() {
  const coarse = countriesOf(COARSE).filter(({ code }) => code !== ANTARCTICA)
  const fine = countriesOf(FINE)
  const land = { type: 'FeatureCollection', features: coarse.map(({ shape }) => shape) }
  const projection = geoEqualEarth().rotate(ROTATION).fitWidth(WIDTH, land)
  const path = geoPath(projection).digits(0)
  const [[left, top], [right, bottom]] = path.bounds(land)
  return {
    box: [left, top, right - left, bottom - top].map(Math.round),
    countries: coarse.map(({ code, shape }) => ({ code, outline: shorten(path(shape)) })),
    points: Object.fromEntries(
      fine
        .filter(({ code }) => code !== undefined)
        .map(({ code, shape }) => [code, projection(geoCentroid(mainlandOf(shape))).map(Math.round)])
        .sort(),
    ),
  }
}

function countriesOf(topology) {
  return feature(topology, topology.objects.countries).features.map((shape) => ({
    code: shape.id === undefined ? undefined : countryCodes.numericToAlpha2(shape.id),
    shape: { type: 'Feature', properties: {}, geometry: shape.geometry },
  }))
}

/** The largest piece: the middle of a country and its islands overseas would be somewhere in the sea. */
function mainlandOf({ geometry }) {
  const pieces = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
  return pieces
    .map((coordinates) => ({ type: 'Polygon', coordinates }))
    .reduce((largest, piece) => (geoArea(piece) > geoArea(largest) ? piece : largest))
}

/** The same lines with each point told from the one before, which takes half the characters. */
function shorten(outline) {
  return outline.split(/(?=M)/).map(shortenRing).join('')
}

function shortenRing(ring) {
  const points = [...ring.matchAll(/(-?\d+),(-?\d+)/g)].map(([, x, y]) => [Number(x), Number(y)])
  const [first, ...rest] = points
  let before = first
  const steps = rest.flatMap((point) => {
    const step = [point[0] - before[0], point[1] - before[1]]
    before = point
    return step[0] === 0 && step[1] === 0 ? [] : step.map((by) => (by < 0 ? by : ` ${by}`))
  })
  // An islet of a single point shows as nothing.
  return steps.length === 0 ? '' : `M${first.join(' ')}l${steps.join('').trimStart()}z`
}
