import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StatusStore } from './status-store.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-status-'))
  path = join(folder, 'state', 'status.db')
})
afterEach(() => rm(folder, { recursive: true }))

test('counts and probe of a minute are one row, whichever comes first', () => {
  const store = new StatusStore(path)
  store.addProbe(11, { outcome: 'no-bridge' })
  store.addCounts(10, { bridges: 16, people: 8 })
  store.addCounts(11, { bridges: 8, people: 0 })
  store.addProbe(10, { outcome: 'ok', connectMs: 120, bytesPerSecond: 3_000_000 })
  expect(store.between(0, 100)).toEqual([
    {
      minute: 10,
      bridges: 16,
      people: 8,
      probe: { outcome: 'ok', connectMs: 120, bytesPerSecond: 3_000_000 },
    },
    { minute: 11, bridges: 8, people: 0, probe: { outcome: 'no-bridge' } },
  ])
  expect(store.between(11, 100)).toHaveLength(1)
  store.close()
})

test('whoever floods it with probes leaves one a minute', () => {
  const store = new StatusStore(path)
  for (let i = 0; i < 1_000; i++) store.addProbe(10, { outcome: i === 0 ? 'timeout' : 'ok' })
  expect(store.between(0, 100)).toEqual([
    { minute: 10, bridges: undefined, people: 0, probe: { outcome: 'timeout' } },
  ])
  store.close()
})

test('what was written outlives a restart, and what is old can be forgotten', () => {
  const before = new StatusStore(path)
  for (let minute = 0; minute < 10; minute++) before.addCounts(minute, { bridges: 8, people: 0 })
  before.close()
  const after = new StatusStore(path)
  expect(after.between(0, 100)).toHaveLength(10)
  // Two starts within one minute both helped somebody.
  after.addCounts(9, { bridges: 16, people: 8 })
  after.addCounts(9, { bridges: 16, people: 8 })
  expect(after.between(9, 100)).toEqual([{ minute: 9, bridges: 16, people: 16, probe: undefined }])
  after.forgetBefore(7)
  expect(after.between(0, 100).map(({ minute }) => minute)).toEqual([7, 8, 9])
  after.close()
})

test('a file that is something else is refused, and stays', async () => {
  const other = join(folder, 'other.db')
  await writeFile(other, 'something else entirely '.repeat(100))
  expect(() => new StatusStore(other)).toThrow(/^failed to open .*: check the folder's owner and mode/)
})
