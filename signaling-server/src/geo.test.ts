import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installedCountries, openGeo } from './geo.ts'
import { writeGeoFile } from './geo-file.test.helper.ts'

let folder: string
const file = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-geo-'))
  await writeGeoFile(file('country.mmdb'), [
    { octet: 9, record: { country: { iso_code: 'CH', geoname_id: 2_658_434 }, city: { name: 'Zug' } } },
    { octet: 10, record: { country_code: 'IR' } },
    { octet: 11, record: { country_code: 'nowhere' } },
  ])
  await writeGeoFile(file('network.mmdb'), [
    { octet: 9, record: { autonomous_system_number: 19_281, organization: 'Quad9' } },
    { octet: 10, record: { country_code: 'XX', autonomous_system_number: 0 } },
  ])
})
afterAll(() => rm(folder, { recursive: true }))

test('of an address two letters and the number of its network are told, and nothing else', async () => {
  const locate = await openGeo([file('country.mmdb'), file('network.mmdb')])
  expect(locate('9.9.9.9')).toEqual({ country: 'CH', network: 19_281 })
})

test('both ways of writing a country are understood, and the first file that knows counts', async () => {
  expect((await openGeo([file('country.mmdb'), file('network.mmdb')]))('10.1.2.3')).toEqual({ country: 'IR' })
  expect((await openGeo([file('network.mmdb'), file('country.mmdb')]))('10.1.2.3')).toEqual({ country: 'XX' })
})

test('what no file knows, or knows as nonsense, is left out', async () => {
  const locate = await openGeo([file('country.mmdb')])
  expect(locate('11.0.0.1')).toEqual({})
  expect(locate('203.0.113.1')).toEqual({})
  expect(locate('2001:db8::1')).toEqual({})
  expect(locate('a host')).toEqual({})
})

test('the installed file knows countries of both kinds of addresses', async () => {
  const locate = await openGeo([installedCountries()])
  // Swiss and German universities have had these for decades.
  expect(locate('129.132.1.1')).toEqual({ country: 'CH' })
  expect(locate('2001:638::1')).toEqual({ country: 'DE' })
  expect(locate('127.0.0.1')).toEqual({})
})

test('a file that is none is refused in one sentence that names it', async () => {
  await writeFile(file('text.mmdb'), 'this is no database')
  await writeGeoFile(file('cut.mmdb'), [])
  await truncate(file('cut.mmdb'), 900)
  for (const name of ['text.mmdb', 'cut.mmdb', 'missing.mmdb', '.']) {
    await expect(openGeo([file(name)])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^--geo: [^\n]+$/),
    })
  }
})

test('a file that is damaged further in knows nobody there', async () => {
  await writeGeoFile(file('damaged.mmdb'), [{ octet: 9, record: { country_code: 'CH' } }])
  const locate = await openGeo([file('damaged.mmdb')])
  expect(locate('9.9.9.9')).toEqual({ country: 'CH' })
  const bytes = await readFile(file('damaged.mmdb'))
  // The type byte of the one record: a kind that the format does not have.
  bytes[255 * 6 + 16] = 0xff
  await writeFile(file('damaged.mmdb'), bytes)
  expect((await openGeo([file('damaged.mmdb')]))('9.9.9.9')).toEqual({})
})
