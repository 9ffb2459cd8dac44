import { expect, test } from 'vitest'
import { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from './constants.ts'
import { pickVersion, type SpokenVersions } from './version.ts'

test.each<[SpokenVersions, SpokenVersions, number | undefined]>([
  [{ version: 3, oldest: 1 }, { version: 5, oldest: 2 }, 3],
  [{ version: 5, oldest: 2 }, { version: 3, oldest: 1 }, 3],
  [{ version: 2 }, { version: 3, oldest: 2 }, 2],
  [{ version: 1 }, { version: 3, oldest: 2 }, undefined],
  [{ version: 9, oldest: 4 }, { version: 3, oldest: 2 }, undefined],
  [{ version: 1, oldest: 9 }, { version: 9, oldest: 1 }, undefined],
])('whoever speaks %j and %j meet at %s', (theirs, ours, picked) => {
  expect(pickVersion(theirs, ours)).toBe(picked)
})

test('this implementation speaks what its constants say', () => {
  expect(pickVersion({ version: 99, oldest: PROTOCOL_VERSION })).toBe(PROTOCOL_VERSION)
  expect(pickVersion({ version: OLDEST_PROTOCOL_VERSION })).toBe(OLDEST_PROTOCOL_VERSION)
  expect(pickVersion({ version: OLDEST_PROTOCOL_VERSION - 1 })).toBeUndefined()
})
