import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { usageOf } from '../usage.ts'
import { UsageRecord } from '../usage-record.ts'
import { UsageFile } from './usage-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-usage-'))
})
afterEach(() => rm(folder, { recursive: true }))

const NOON = Date.parse('2026-11-24T12:00:00Z')

it('keeps usage for the next run, for its owner alone', async () => {
  const state = join(folder, 'state')
  const first = await UsageFile.open(state)
  const record = new UsageRecord(first)
  record.add(usageOf({ bytes: 5, peopleHelped: 1, seconds: 2 }, NOON), NOON)
  record.save(NOON)
  await first.flush()
  expect(await readdir(state)).toEqual(['usage.json'])
  expect((await stat(join(state, 'usage.json'))).mode & 0o777).toBe(0o600)
  const later = new UsageRecord(await UsageFile.open(state))
  later.save(NOON)
  expect(later.at(NOON)).toMatchObject({ bytes: 5, dayBytes: 5, peopleHelped: 1, seconds: 2 })
})

it('has the newest text on disk in the end, however many were written at once', async () => {
  const file = await UsageFile.open(folder)
  for (let count = 0; count <= 50; count++) file.write(String(count))
  await file.flush()
  expect(await readFile(join(folder, 'usage.json'), 'utf8')).toBe('50')
  expect(await readdir(folder)).toEqual(['usage.json'])
})

it('begins anew where nonsense was kept', async () => {
  await writeFile(join(folder, 'usage.json'), '{"bytes":')
  const record = new UsageRecord(await UsageFile.open(folder))
  record.save(NOON)
  expect(record.at(NOON)).toMatchObject({ bytes: 0 })
})

it('says so when the file cannot be read', async () => {
  await mkdir(join(folder, 'usage.json'))
  await expect(UsageFile.open(folder)).rejects.toMatchObject({ code: 'usage' })
})

it('goes on counting where nothing can be written', async () => {
  const file = await UsageFile.open(folder)
  await mkdir(join(folder, 'usage.json'))
  file.write('1')
  await file.flush()
  expect(file.read()).toBe('1')
})
