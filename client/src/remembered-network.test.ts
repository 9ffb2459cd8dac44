import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatInvitation, type NetworkDescriptor } from '@footbridge/shared'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { chooseNetwork, rememberNetwork } from './remembered-network.ts'
import { defaultStateFolder } from './state-folder.ts'

const KEY = 'A'.repeat(43)
const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'one', url: 'https://egress.example', publicKey: KEY }],
  stun: [],
  ticketKey: KEY,
}
const SECRET = new Uint8Array(32).fill(7)
const { signal } = new AbortController()

let folder: string
beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'footbridge-state-'))
  folder = join(parent, 'deep', 'footbridge')
  onTestFinished(() => rm(parent, { recursive: true }))
})

it('is the one that was named last, invitation included, and for its owner alone', async () => {
  const given = formatInvitation(NETWORK, SECRET)
  const invited = await chooseNetwork({ given, folder, signal })
  await rememberNetwork({ ...invited, secret: undefined }, folder)
  await rememberNetwork(invited, folder)
  expect(await chooseNetwork({ given: undefined, folder, signal })).toEqual({
    network: NETWORK,
    secret: SECRET,
  })
  expect(await readdir(folder)).toEqual(['network'])
  expect((await stat(join(folder, 'network'))).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

it('holds a file whole, so that it may go', async () => {
  const file = join(tmpdir(), `footbridge-${process.pid}.json`)
  await writeFile(file, JSON.stringify(NETWORK))
  await rememberNetwork(await chooseNetwork({ given: file, folder, signal }), folder)
  await rm(file)
  expect(await readFile(join(folder, 'network'), 'utf8')).toMatch(/^footbridge:/)
  expect((await chooseNetwork({ given: undefined, folder, signal })).network).toEqual(NETWORK)
})

it('is asked for while there is none', async () => {
  await expect(chooseNetwork({ given: undefined, folder, signal })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('footbridge LINK'),
  })
})

it('that cannot be kept is a plain sentence', async () => {
  await writeFile(join(folder, '..', '..', 'file'), '')
  const error = rememberNetwork(
    { network: NETWORK, secret: undefined },
    join(folder, '..', '..', 'file', 'x'),
  )
  await expect(error).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('--state') })
  await chmod(join(folder, '..', '..'), 0o700)
})

it('is kept where the XDG specification says', () => {
  expect(defaultStateFolder({ XDG_STATE_HOME: '/a' }, 'linux')).toBe('/a/footbridge')
  expect(defaultStateFolder({ XDG_STATE_HOME: 'a' }, 'linux')).toMatch(/\.local\/state\/footbridge$/)
  expect(defaultStateFolder({}, 'linux')).toMatch(/\.local\/state\/footbridge$/)
})
