import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { announceProxy, findRunningProxy } from './running-proxy.ts'

const ONE = { host: '127.0.0.1', port: 1080, hasPassword: false }
const OTHER = { host: '127.0.0.1', port: 1081, hasPassword: true }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-run-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

it('is found while it runs, by its owner alone', async () => {
  expect(await findRunningProxy(folder)).toBeUndefined()
  const announced = await announceProxy(folder, ONE)
  expect(await findRunningProxy(folder)).toEqual(ONE)
  expect((await stat(join(folder, 'proxy.sock'))).mode & 0o077).toBe(0)
  await announced.close()
  expect(await findRunningProxy(folder)).toBeUndefined()
})

it('is the first of two', async () => {
  const first = await announceProxy(folder, ONE)
  const second = await announceProxy(folder, OTHER)
  await second.close()
  expect(await findRunningProxy(folder)).toEqual(ONE)
  await first.close()
})

it('takes the place of what a crash has left behind', async () => {
  await writeFile(join(folder, 'proxy.sock'), '')
  const announced = await announceProxy(folder, OTHER)
  expect(await findRunningProxy(folder)).toEqual(OTHER)
  await announced.close()
})

it('is not announced where no folder can be made', async () => {
  const announced = await announceProxy('/proc/none/state', ONE)
  expect(await findRunningProxy('/proc/none/state')).toBeUndefined()
  await announced.close()
})

it('is not announced where the path of the folder is too long for a socket', async () => {
  const announced = await announceProxy(join(folder, 'x'.repeat(100)), ONE)
  expect(await findRunningProxy(join(folder, 'x'.repeat(100)))).toBeUndefined()
  await announced.close()
})
