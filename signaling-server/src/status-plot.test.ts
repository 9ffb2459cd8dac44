import { expect, test } from 'vitest'
import { barPlot, linePlot, niceTop } from './status-plot.ts'

const options = { top: 10, label: 'A plot', titles: ['one', 'two', 'three', 'four'] }
const pathsOf = (svg: string, name: string): string[] =>
  [...svg.matchAll(new RegExp(`<path class="${name}" d="([^"]*)"`, 'g'))].map(([, d]) => d ?? '')

test('a line goes from edge to edge of what is known, and starts anew behind a gap', () => {
  const svg = linePlot([0, 10, undefined, 5], [], options)
  expect(pathsOf(svg, 'line')).toEqual(['M0 100L5 100L15 0L20 0', 'M30 50L35 50L40 50'])
  expect(svg).toContain('<rect class="gap" x="20" width="10" y="0" height="100"/>')
})

test('a band lies between its bounds', () => {
  const svg = linePlot(
    [5, 5],
    [
      { low: 2, high: 8 },
      { low: undefined, high: undefined },
    ],
    options,
  )
  expect(pathsOf(svg, 'band')).toEqual(['M0 20L5 20L10 20L10 80L5 80L0 80Z'])
})

test('a bar shows its share, and what is left of it', () => {
  const svg = barPlot([10, 2.5, 0, undefined], { ...options, rest: true })
  expect(svg.match(/class="bar"/g)).toHaveLength(2)
  expect(svg).toContain('<rect class="rest" x="11" width="8" y="0" height="75"/>')
  expect(svg).toContain('<rect class="rest" x="21" width="8" y="0" height="100"/>')
  expect(svg.match(/class="rest"/g)).toHaveLength(2)
})

test('each piece tells what it is', () => {
  const svg = barPlot([1, 2, 3, 4], options)
  expect(svg).toMatch(/^<svg role="img" aria-label="A plot" /)
  for (const title of options.titles) expect(svg).toContain(`<title>${title}</title>`)
})

test('nothing at all is one gap', () => {
  const svg = linePlot([undefined, undefined], [], options)
  expect(svg.match(/class="gap"/g)).toHaveLength(1)
  expect(svg).not.toContain('class="line"')
})

test.each([
  [0, 0],
  [1, 1],
  [104, 120],
  [72, 80],
  [81, 100],
  [0.31, 0.4],
  [420_000, 500_000],
])('a scale for %f goes to %f', (value, top) => {
  expect(niceTop(value)).toBeCloseTo(top, 10)
})
