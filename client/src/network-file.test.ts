import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unsigned } from '@footbridge/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keepNetwork, newestNetwork } from './network-file.ts'
import { OTHER_NETWORK_KEYS, signedNetwork } from './signed-network.test.helper.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-'))
  path = join(folder, 'made', 'network.json')
})

afterEach(() => rm(folder, { recursive: true }))

it('gives back what was kept if it is newer than the link, also if it is past its time', async () => {
  const kept = signedNetwork({ sequence: 7, expiresAt: 1, more: { motto: 'hello' } })
  await keepNetwork(path, kept)
  expect(await newestNetwork(path, signedNetwork({ sequence: 6 }))).toEqual(kept)
})

it('keeps it for its owner alone, in place of what was there, with nothing left behind', async () => {
  await keepNetwork(path, signedNetwork({ sequence: 1 }))
  await keepNetwork(path, signedNetwork({ sequence: 2 }))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder, 'made'))).mode & 0o777).toBe(0o700)
  expect(await readdir(join(folder, 'made'))).toEqual(['network.json'])
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ sequence: 2 })
})

it.each([
  ['is older', JSON.stringify(signedNetwork({ sequence: 4 }))],
  ['is of another network', JSON.stringify(signedNetwork({ sequence: 9, keys: OTHER_NETWORK_KEYS }))],
  ['was altered', JSON.stringify({ ...signedNetwork({ sequence: 9 }), signaling: ['https://evil.example'] })],
  ['has lost its signature', JSON.stringify({ ...signedNetwork({ sequence: 9 }), signature: undefined })],
  ['is cut short', JSON.stringify(signedNetwork({ sequence: 9 })).slice(0, 100)],
  ['is empty', ''],
  ['is endless', ' '.repeat(100_000)],
])('goes by the link if what was kept %s', async (_, text) => {
  const given = signedNetwork({ sequence: 5 })
  await keepNetwork(path, given)
  await writeFile(path, text)
  expect(await newestNetwork(path, given)).toBe(given)
})

it('goes by the link if nothing was kept, and by one without a key in any case', async () => {
  const given = signedNetwork({ sequence: 5 })
  expect(await newestNetwork(path, given)).toBe(given)
  await keepNetwork(path, given)
  const plain = unsigned(given)
  expect(await newestNetwork(path, plain)).toBe(plain)
})
