import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@footbridge/shared/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MinuteClock } from './minute-clock.test.helper.ts'
import { MINUTE_MS, RETENTION_MINUTES, StatusRecorder } from './status-recorder.ts'
import { StatusStore } from './status-store.ts'

let folder: string
let clock: MinuteClock
let store: StatusStore
let recorder: StatusRecorder
let logged: string
let bridges: number
let people: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-status-'))
  store = new StatusStore(join(folder, 'status.db'))
  clock = new MinuteClock(Date.UTC(2026, 10, 24, 12, 0, 20))
  logged = ''
  bridges = 3
  people = 0
  recorder = new StatusRecorder({
    store,
    bridges: () => bridges,
    people: () => people,
    clock,
    log: createLog('test', 'warn', { write: (line) => (logged += line) }),
  })
  clock.pass(0)
})
afterEach(async () => {
  recorder.close()
  await rm(folder, { recursive: true })
})

test('each minute has its bridges, rounded up, and those who came', () => {
  people = 8
  clock.pass(40_000)
  bridges = 9
  people = 24
  clock.pass(MINUTE_MS)
  expect(store.between(0, recorder.minute + 1).map(({ bridges, people }) => [bridges, people])).toEqual([
    [8, 0],
    [8, 8],
    [16, 16],
  ])
})

test('a report belongs to the minute in which it comes', () => {
  clock.pass(50_000)
  recorder.probed({ outcome: 'ok', connectMs: 5, bytesPerSecond: 6 })
  expect(store.between(recorder.minute, recorder.minute + 1)[0]?.probe).toEqual({
    outcome: 'ok',
    connectMs: 5,
    bytesPerSecond: 6,
  })
})

test('a month and two days are kept, and no more', () => {
  for (const minutes of [RETENTION_MINUTES + 1, RETENTION_MINUTES, RETENTION_MINUTES - 1]) {
    store.addCounts(recorder.minute - minutes, { bridges: 8, people: 0 })
  }
  clock.pass(MINUTE_MS)
  expect(store.between(0, recorder.minute + 1).map(({ minute }) => recorder.minute - minute)).toEqual([
    RETENTION_MINUTES,
    1,
    0,
  ])
})

test('what cannot be written is told in the log, and stops nothing', () => {
  store.close()
  clock.pass(2 * MINUTE_MS)
  recorder.probed({ outcome: 'ok' })
  expect(logged.match(/failed to write down the status/g)).toHaveLength(3)
})
