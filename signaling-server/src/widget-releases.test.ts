import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@footbridge/shared/node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTestServer, type TestServer } from './server.test.helper.ts'
import { isHashed, WidgetReleases } from './widget-releases.ts'

const FIRST = '0.1.0-0000000000000001'
const SECOND = '0.1.0-0000000000000002'
const CALM = createLog('test', 'silent')

let folder: string
let built: string
let kept: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footbridge-releases-'))
  built = join(folder, 'built')
  kept = join(folder, 'kept')
})
afterEach(() => rm(folder, { recursive: true }))

/** Builds the widget anew, with an engine whose name tells what is in it. */
async function build(release: unknown, engine: string): Promise<void> {
  await rm(built, { recursive: true, force: true })
  await mkdir(built)
  await writeFile(join(built, 'manifest.json'), JSON.stringify({ release }))
  await writeFile(join(built, 'index.html'), 'page')
  await writeFile(join(built, 'bridge-widget.js'), `import('./${engine}')`)
  await writeFile(join(built, engine), `// ${engine}`)
}

describe('a signaling server whose widget was updated', () => {
  let server: TestServer
  const get = (path: string): Promise<Response> => fetch(`${server.url}/widget/${path}`)

  beforeEach(async () => {
    await build(FIRST, 'engine-AAAAAAAA.js')
    server = await startTestServer({}, { widgetDirectory: built, stateDirectory: join(folder, 'state') })
    await server.close()
    await build(SECOND, 'engine-BBBBBBBB.js')
    server = await startTestServer({}, { widgetDirectory: built, stateDirectory: join(folder, 'state') })
  })
  afterEach(() => server.close())

  it('serves each release unchanged below its name, for good and to any site', async () => {
    for (const [release, engine] of [
      [FIRST, 'engine-AAAAAAAA.js'],
      [SECOND, 'engine-BBBBBBBB.js'],
    ]) {
      const response = await get(`${release}/bridge-widget.js`)
      expect(await response.text()).toBe(`import('./${engine}')`)
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(response.headers.get('content-type')).toMatch('text/javascript')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
      expect((await get(`${release}/${engine}`)).status).toBe(200)
    }
  })

  it('gives a page that was open meanwhile the engine that it knows', async () => {
    expect(await (await get('engine-AAAAAAAA.js')).text()).toBe('// engine-AAAAAAAA.js')
    expect(await (await get('bridge-widget.js')).text()).toContain('engine-BBBBBBBB.js')
  })

  it('serves a release that is built while it runs', async () => {
    const third = '0.2.0-0000000000000003'
    await build(third, 'engine-CCCCCCCC.js')
    expect((await get(`${third}/bridge-widget.js`)).status).toBe(200)
  })

  it.each([
    `${FIRST}/index.html`,
    `${FIRST}/engine-BBBBBBBB.js`,
    `${FIRST}/..%2f..%2fticket.key`,
    `${FIRST}/%2e%2e%2f%2e%2e%2fticket.key`,
    '..%2f..%2fstate/ticket.key',
    '0.1.0-ffffffffffffffff/bridge-widget.js',
    'engine-ZZZZZZZZ.js',
  ])('has nothing at %s', async (path) => {
    const response = await get(path)
    expect([403, 404]).toContain(response.status)
    expect(await response.text()).toMatch(/^[^\n]+\.\n$/)
  })
})

describe('isHashed', () => {
  it.each(['engine-R36QC5TP.js', 'text-zh-Hans-aB3_x9Q0.js', 'page-world-map-2XQ4Z7AB.js'])(
    'knows %s',
    (file) => {
      expect(isHashed(file)).toBe(true)
    },
  )

  it.each([
    'bridge-widget.js',
    'page-settings.js',
    'engine-R36QC5TP.js.map',
    '../engine-R36QC5TP.js',
    'frame.html',
    '',
  ])('does not take %j for one', (file) => {
    expect(isHashed(file)).toBe(false)
  })
})

describe('WidgetReleases', () => {
  const open = (): WidgetReleases => new WidgetReleases({ built, kept, log: CALM })

  it('keeps the newest twenty', async () => {
    for (let number = 1; number <= 21; number += 1) {
      await build(`0.1.0-${String(number).padStart(16, '0')}`, 'engine-AAAAAAAA.js')
      await open().keep()
      // Order is what counts, and a file system's clock may be coarse.
      const seconds = 1_000_000 + number
      for (const name of await readdir(kept)) {
        if (name.endsWith(String(number).padStart(16, '0'))) await utimes(join(kept, name), seconds, seconds)
      }
    }
    const names = await readdir(kept)
    expect(names).toHaveLength(20)
    expect(names).not.toContain(FIRST)
  })

  it('keeps a release once, however many ask at a time, and leaves nothing unfinished', async () => {
    await build(FIRST, 'engine-AAAAAAAA.js')
    const [one, other] = [open(), open()]
    await Promise.all([one.keep(), one.keep(), other.keep(), one.folderOf(FIRST)])
    expect(await readdir(kept)).toEqual([FIRST])
  })

  it.each([undefined, '../elsewhere', '0.1.0', 7, { length: 3 }])(
    'keeps nothing of a build that says its release is %j',
    async (release) => {
      await build(release, 'engine-AAAAAAAA.js')
      await open().keep()
      await expect(readdir(kept)).rejects.toThrow()
    },
  )

  it('keeps no release of which something is missing or another, such as while it is built anew', async () => {
    const integrity = `sha384-${createHash('sha384').update('// engine-AAAAAAAA.js').digest('base64')}`
    const files = { 'engine-AAAAAAAA.js': { integrity }, 'index.html': { integrity: 'of no matter' } }
    await build(FIRST, 'engine-AAAAAAAA.js')
    await writeFile(join(built, 'manifest.json'), JSON.stringify({ release: FIRST, files }))
    await writeFile(join(built, 'engine-AAAAAAAA.js'), '// half')
    await open().keep()
    await rm(join(built, 'engine-AAAAAAAA.js'))
    await open().keep()
    expect(await readdir(kept)).toEqual([])
    await writeFile(join(built, 'engine-AAAAAAAA.js'), '// engine-AAAAAAAA.js')
    await open().keep()
    expect(await readdir(kept)).toEqual([FIRST])
  })

  it('clears away what another instance never finished, and nothing that one may be busy with', async () => {
    await mkdir(join(kept, '.new-killed'), { recursive: true })
    await mkdir(join(kept, '.new-busy'))
    await utimes(join(kept, '.new-killed'), 1_000_000, 1_000_000)
    await build(FIRST, 'engine-AAAAAAAA.js')
    await open().keep()
    expect((await readdir(kept)).sort()).toEqual(['.new-busy', FIRST])
  })

  it('does not try again for each request what it cannot keep', async () => {
    await build(FIRST, 'engine-AAAAAAAA.js')
    await writeFile(kept, 'a file where the folder should be')
    const warn = vi.fn()
    const releases = new WidgetReleases({ built, kept, log: { ...CALM, warn } as never })
    for (let asked = 0; asked < 10; asked += 1) await releases.folderOf(FIRST)
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it('does without when it cannot keep any, or nothing is built', async () => {
    expect(await open().folderOf(FIRST)).toBeUndefined()
    await build(FIRST, 'engine-AAAAAAAA.js')
    await writeFile(kept, 'a file where the folder should be')
    expect(await open().folderOf(FIRST)).toBeUndefined()
    expect(await open().folderWith('engine-AAAAAAAA.js')).toBeUndefined()
  })
})
