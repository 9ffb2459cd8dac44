import { expect, test } from 'vitest'
import { StatusHistory } from './status-history.ts'
import type { MinuteRow } from './status-store.ts'
import { conditionOf, DAY, pieceOf, type Span, startsOf, wholeOf } from './status-summary.ts'

const HOUR: Span = { minutes: 60, pieceMinutes: 20 }

function row(minute: number, facts: Partial<MinuteRow> = {}): MinuteRow {
  return { minute, bridges: 8, people: 0, probe: undefined, ...facts }
}

test('a piece tells of its minutes', () => {
  const rows = [
    row(0, { bridges: 8, people: 8, probe: { outcome: 'ok', connectMs: 100, bytesPerSecond: 3_000 } }),
    row(1, { bridges: 24, probe: { outcome: 'ok', connectMs: 300, bytesPerSecond: 1_000 } }),
    row(2, { bridges: 16, people: 16, probe: { outcome: 'broken', connectMs: 200 } }),
    row(3, { bridges: undefined, probe: { outcome: 'no-bridge' } }),
  ]
  expect(pieceOf(0, rows)).toEqual({
    start: 0,
    bridges: 16,
    people: 24,
    probes: 4,
    succeeded: 2,
    success: 0.5,
    connectMs: { low: 100, median: 200, high: 300 },
    bytesPerSecond: { low: 1_000, median: 3_000, high: 3_000 },
  })
})

test('what was not recorded is unknown, and no zero', () => {
  const nothing = { bridges: undefined, people: undefined, success: undefined, connectMs: undefined }
  expect(pieceOf(0, [])).toMatchObject(nothing)
  expect(wholeOf([pieceOf(0, []), pieceOf(20, [])])).toMatchObject(nothing)
  expect(pieceOf(0, [row(0, { bridges: undefined, probe: { outcome: 'ok' } })])).toMatchObject({
    bridges: undefined,
    people: undefined,
    success: 1,
  })
})

test('a whole adds up its pieces, and leaves out those of which nothing is known', () => {
  const probe = { outcome: 'ok', connectMs: 100 } as const
  const pieces = [
    pieceOf(0, [row(0, { people: 8, bridges: 8, probe }), row(1, { bridges: 8, probe })]),
    pieceOf(20, []),
    pieceOf(40, [row(40, { people: 16, bridges: 24, probe: { outcome: 'timeout' } })]),
  ]
  expect(wholeOf(pieces)).toMatchObject({ people: 24, bridges: 24, probes: 3, succeeded: 2, success: 2 / 3 })
  expect(wholeOf(pieces).connectMs?.median).toBe(100)
})

test('the pieces of a day end with the current one', () => {
  const minute = 1_000_003
  const starts = startsOf(DAY, minute)
  expect(starts).toHaveLength(72)
  expect(starts.every((start, index) => index === 0 || start - (starts[index - 1] ?? 0) === 20)).toBe(true)
  expect(starts.at(-1)).toBe(1_000_000)
})

test('a piece that is over is read once', async () => {
  const reads: number[] = []
  const history = new StatusHistory(HOUR, (from, to) => {
    reads.push(from)
    return Array.from({ length: to - from }, (_, i) => row(from + i))
  })
  await history.summary(59)
  expect(reads).toEqual([0, 20, 40])
  await history.summary(61)
  expect(reads).toEqual([0, 20, 40, 40, 60])
  const { pieces } = await history.summary(62)
  expect(reads).toEqual([0, 20, 40, 40, 60, 60])
  expect(pieces.map(({ start }) => start)).toEqual([20, 40, 60])
})

test('the condition is good as long as one of the last probes got across', () => {
  const [good, bad] = [row(1, { probe: { outcome: 'ok' } }), row(2, { probe: { outcome: 'timeout' } })]
  expect(conditionOf([row(0)])).toBe('unknown')
  expect(conditionOf([good, bad])).toBe('working')
  expect(conditionOf([bad, row(3)])).toBe('failing')
})
