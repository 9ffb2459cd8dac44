import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WayMemory } from './way-memory.ts'

const WAYS = ['post a.example', 'front b.example', 'mailbox c.example', 'cache d.example', 'socket e.example']
const [POST = '', FRONT = '', MAILBOX = ''] = WAYS

let directory: string
let path: string
let here = 'home'

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'footbridge-memory-'))
  path = join(directory, 'ways.json')
  here = 'home'
})

afterEach(() => rm(directory, { recursive: true }))

const open = (): Promise<WayMemory> => WayMemory.open({ directory, here: () => here })

describe('the memory of ways', () => {
  it('has what worked last first, and forgets what failed', async () => {
    const memory = await WayMemory.open()
    expect(memory.best(WAYS)).toEqual([])
    memory.worked(POST)
    memory.worked(FRONT)
    expect(memory.best(WAYS)).toEqual([FRONT, POST])
    memory.worked(POST)
    memory.failed(FRONT)
    expect(memory.best(WAYS)).toEqual([POST])
  })

  it('has an order for each network, in the next run too', async () => {
    const memory = await open()
    memory.worked(POST)
    here = 'work'
    expect(memory.best(WAYS)).toEqual([])
    memory.worked(MAILBOX)
    await memory.saved()
    const next = await open()
    expect(next.best(WAYS)).toEqual([MAILBOX])
    here = 'home'
    expect(next.best(WAYS)).toEqual([POST])
  })

  it('says nothing of ways that are not in the descriptor any more', async () => {
    const memory = await open()
    for (const way of WAYS.slice(0, 3)) memory.worked(way)
    expect(memory.best([FRONT])).toEqual([FRONT])
    await memory.saved()
  })

  it('keeps few ways of few networks, by names that say nothing, for its owner alone', async () => {
    const memory = await open()
    for (let network = 0; network < 20; network += 1) {
      here = `network ${network}`
      for (const way of WAYS) memory.worked(way)
    }
    await memory.saved()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const text = await readFile(path, 'utf8')
    expect(text).not.toMatch(/example|network \d/)
    const { networks } = JSON.parse(text) as { networks: [string, string[]][] }
    expect(networks).toHaveLength(8)
    for (const [, ways] of networks) expect(ways).toHaveLength(4)
    expect((await open()).best(WAYS)).toHaveLength(4)
  })

  it('gives two clients of one network different names for it', async () => {
    const memory = await open()
    memory.worked(POST)
    await memory.saved()
    const first = JSON.parse(await readFile(path, 'utf8'))
    await rm(path)
    const other = await open()
    other.worked(POST)
    await other.saved()
    expect(JSON.parse(await readFile(path, 'utf8')).networks[0]).not.toEqual(first.networks[0])
  })

  it.each([
    ['is empty', ''],
    ['is none of ours', '{"key":"AAAA","networks":[]}'],
    ['holds other things', `{"key":"${'A'.repeat(43)}","networks":[["10.0.0.0",["x"]]]}`],
    ['is too long', ' '.repeat(20_000)],
  ])('starts afresh with a file that %s', async (_, text) => {
    await writeFile(path, text)
    const memory = await open()
    expect(memory.best(WAYS)).toEqual([])
    memory.worked(POST)
    await memory.saved()
    expect((await open()).best(WAYS)).toEqual([POST])
  })

  it('goes on without a folder that can be written to', async () => {
    const memory = await WayMemory.open({ directory: join(path, 'no', 'folder'), here: () => here })
    memory.worked(POST)
    await memory.saved()
    expect(memory.best(WAYS)).toEqual([POST])
  })
})
