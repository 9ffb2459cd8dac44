import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readOrMakeSecret, readSecret } from './secret-file.ts'

const SECRET = new Uint8Array(32).fill(7)
const OTHER = new Uint8Array(32).fill(8)

describe('a secret file', () => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'footbridge-'))
    path = join(folder, 'state', 'key')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is made once and read from then on', async () => {
    expect(await readSecret(path, 32)).toBeUndefined()
    expect(await readOrMakeSecret(path, 32, () => SECRET)).toEqual(SECRET)
    expect(await readOrMakeSecret(path, 32, () => OTHER)).toEqual(SECRET)
    expect(await readSecret(path, 32)).toEqual(SECRET)
  })

  it.skipIf(process.platform === 'win32')(
    'is for its owner alone, and so is a folder made for it',
    async () => {
      await readOrMakeSecret(path, 32, () => SECRET)
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      expect((await stat(join(folder, 'state'))).mode & 0o777).toBe(0o700)
    },
  )

  it('is the same for programs that start at once, and leaves no draft behind', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        readOrMakeSecret(path, 32, () => new Uint8Array(32).fill(index)),
      ),
    )
    for (const secret of made) expect(secret).toEqual(made[0])
    expect(await readdir(join(folder, 'state'))).toEqual(['key'])
  })

  it.each([
    ['is too short', 'AAAA'],
    ['is no base64url', '+'.repeat(43)],
    ['is empty', ''],
  ])('is refused and kept when it %s', async (_, text) => {
    const broken = join(folder, 'broken')
    await writeFile(broken, text)
    await expect(readOrMakeSecret(broken, 32, () => SECRET)).rejects.toMatchObject({ code: 'usage' })
    expect(await readFile(broken, 'utf8')).toBe(text)
  })

  it.skipIf(process.platform !== 'linux')(
    'is refused where the system refuses every new folder',
    async () => {
      await expect(readOrMakeSecret('/proc/nowhere/state/key', 32, () => SECRET)).rejects.toMatchObject({
        code: 'usage',
      })
    },
  )

  it('is refused where no folder can be', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(readOrMakeSecret(join(file, 'key'), 32, () => SECRET)).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('is made by two programs at once in folders that neither found there', async () => {
    for (let round = 0; round < 100; round += 1) {
      const names = ['one', 'two', 'three', 'four']
      const making = names.map((name) =>
        readOrMakeSecret(join(folder, `${round}`, 'deep', name, 'key'), 1, () => Uint8Array.of(7)),
      )
      expect(await Promise.all(making)).toEqual(names.map(() => Uint8Array.of(7)))
    }
  })
})
