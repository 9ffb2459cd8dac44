import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { BridgeWidget } from '@footbridge/bridge-widget'
import { build, type Metafile, type Plugin } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileScript, parse } from 'vue/compiler-sfc'
import { launchChromium } from './chromium.ts'
import { SILENT_NETWORK } from './host-page.test.helper.ts'
import { run } from './run.test.helper.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const EXAMPLES = join(ROOT, 'bridge-widget', 'examples')
const INSTALLED = join(ROOT, 'node_modules')

/** Somewhat more than in the network's own file: bundlers leave white space in templates and styles. */
const MAX_SHELL_BYTES = 14_000
const MAX_ENGINE_BYTES = 45_000

const ATTRIBUTES = ['disabled', 'layout', 'max-clients', 'max-rate', 'network', 'theme']

/** A site owner's project, with the package in it as npm would publish it, and nothing else but what it depends on. */
let project: string
let server: Server
let url: string
let browser: Browser

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'footbridge-project-'))
  await install('shared')
  await install('bridge-widget')
  await cp(EXAMPLES, join(project, 'examples'), { recursive: true })
  await mkdir(join(project, 'site'))
  server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    if (path === '/v1/network') response.end(JSON.stringify(SILENT_NETWORK))
    else if (extname(path) === '.js') {
      const script = await readFile(join(project, 'site', path)).catch(() => '')
      response.setHeader('content-type', 'text/javascript').end(script)
    } else {
      const html = `<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="${path}/main.js"></script>`
      response.setHeader('content-type', 'text/html').end(html)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
})

afterAll(async () => {
  await browser.close()
  server.close()
  await rm(project, { recursive: true })
})

/** Unpacks what npm would publish, and lays beside it what it says that it depends on. */
async function install(workspace: string): Promise<void> {
  const options = ['--silent', '--ignore-scripts', '--pack-destination', project]
  const packed = await run('npm', ['pack', ...options, join(ROOT, workspace)])
  const folder = join(project, 'node_modules', '@footbridge', workspace)
  await mkdir(folder, { recursive: true })
  await run('tar', ['-xzf', join(project, basename(packed)), '-C', folder, '--strip-components=1'])
  const { dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies).filter((name) => !name.startsWith('@footbridge/'))) {
    const place = join(project, 'node_modules', name)
    await mkdir(dirname(place), { recursive: true })
    await symlink(join(INSTALLED, name), place).catch(() => {})
  }
}

/** Bundles a page as a site owner's tools do. Resolves with what each file is made of, by its path. */
async function bundle(name: string, entry: string): Promise<Metafile['outputs']> {
  const outdir = join(project, 'site', name)
  const { metafile } = await build({
    entryPoints: { main: entry },
    outdir,
    absWorkingDir: project,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    metafile: true,
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
    },
    // Frameworks are the owner's own.
    nodePaths: [INSTALLED],
    plugins: [vueComponents()],
    logLevel: 'error',
  })
  return metafile.outputs
}

/** What Vue's own plugins for bundlers do, without their conveniences. */
function vueComponents(): Plugin {
  return {
    name: 'vue-components',
    setup({ onLoad }) {
      onLoad({ filter: /\.vue$/ }, async ({ path }) => {
        const { descriptor } = parse(await readFile(path, 'utf8'), { filename: path })
        const { content } = compileScript(descriptor, {
          id: basename(path),
          inlineTemplate: true,
          templateOptions: { compilerOptions: { isCustomElement: (tag) => tag === 'bridge-widget' } },
        })
        return { contents: content, loader: 'ts' }
      })
    },
  }
}

/** Bytes of a file of a bundle and of those that it cannot do without, as they travel. */
async function gzipped(outputs: Metafile['outputs'], isWanted: (entry: string) => boolean): Promise<number> {
  const first = Object.keys(outputs).find((path) => isWanted(outputs[path]?.entryPoint ?? '')) ?? ''
  const needed = new Set([first])
  for (const path of needed) {
    for (const { kind, path: other } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement') needed.add(other)
  }
  const sizes = [...needed].map(async (path) => gzipSync(await readFile(join(project, path))).length)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

describe('the package', () => {
  /** What a program in the project prints. */
  const inNode = async (program: string): Promise<string> => {
    const file = join(project, 'program.mjs')
    await writeFile(file, program)
    return run(process.execPath, [file])
  }

  it.each(['@footbridge/bridge-widget', '@footbridge/bridge-widget/define'])(
    'can be imported where there is no browser: %s',
    async (specifier) => {
      const program = `import { BridgeWidget } from '${specifier}'; console.log(BridgeWidget.name, typeof window)`
      expect(await inNode(program)).toBe('BridgeWidget undefined')
    },
  )

  it('tells editors of each attribute, event and type', async () => {
    const folder = join(project, 'node_modules', '@footbridge', 'bridge-widget')
    const { customElements, exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const { modules } = JSON.parse(await readFile(join(folder, customElements), 'utf8'))
    const [element] = modules[0].declarations
    expect(element.tagName).toBe('bridge-widget')
    const names = (list: { name: string }[]): string[] => list.map(({ name }) => name).sort()
    expect(names(element.attributes)).toEqual(expect.arrayContaining(ATTRIBUTES))
    expect(names(element.events)).toEqual([
      'bridge-beforestart',
      'bridge-error',
      'bridge-statechange',
      'bridge-stats',
    ])
    for (const { path } of modules) expect((await stat(join(folder, path))).isFile()).toBe(true)
    for (const entry of ['.', './define']) {
      expect((await stat(join(folder, exports[entry].types))).isFile()).toBe(true)
    }
  })

  it('defines nothing, and loads nothing, unless asked to', async () => {
    const entry = join(project, 'bare.js')
    await writeFile(entry, `import { BridgeWidget } from '@footbridge/bridge-widget'`)
    await bundle('bare', entry)
    expect(await readFile(join(project, 'site', 'bare', 'main.js'), 'utf8')).toBe('')
  })

  it('is small in a bundle, its engine apart from it', async () => {
    const entry = join(project, 'plain.js')
    await writeFile(entry, `import '@footbridge/bridge-widget/define'`)
    const outputs = await bundle('plain', entry)
    const [shell, engine] = await Promise.all([
      gzipped(outputs, (path) => path === 'plain.js'),
      gzipped(outputs, (path) => path.endsWith('/browser-engine.js')),
    ])
    expect(shell).toBeGreaterThan(1_000)
    expect(shell).toBeLessThan(MAX_SHELL_BYTES)
    expect(engine).toBeGreaterThan(shell)
    expect(engine).toBeLessThan(MAX_ENGINE_BYTES)
  })
})

it('takes properties that a page set before the element was defined', async () => {
  const entry = join(project, 'late.js')
  await writeFile(entry, `import '@footbridge/bridge-widget/define'`)
  await bundle('late', entry)
  const page = await browser.newPage()
  await page.goto(`${url}/nothing`)
  await page.evaluate(() => {
    const early = { layout: 'banner', maxClients: 4, state: 'helping', own: 1 }
    document.body.append(Object.assign(document.createElement('bridge-widget'), early))
  })
  await page.addScriptTag({ type: 'module', url: `${url}/late/main.js` })
  const properties = await page.evaluate(async () => {
    await customElements.whenDefined('bridge-widget')
    const widget = document.querySelector('bridge-widget') as BridgeWidget & { own: number }
    return {
      layout: widget.getAttribute('layout'),
      maxClients: widget.maxClients,
      state: widget.state,
      own: widget.own,
    }
  })
  expect(properties).toEqual({ layout: 'banner', maxClients: 4, state: 'off', own: 1 })
  await page.close()
})

describe('the files that sites embed', () => {
  const widget = join(ROOT, 'bridge-widget', 'dist', 'widget')

  it('are all listed with their digests, under a name of their release', async () => {
    const { files, release } = JSON.parse(await readFile(join(widget, 'manifest.json'), 'utf8'))
    const names = (await readdir(widget)).filter((name) => name !== 'manifest.json')
    expect(Object.keys(files).sort()).toEqual(names.sort())
    for (const name of names) {
      const digest = createHash('sha384').update(await readFile(join(widget, name)))
      expect(files[name].integrity).toBe(`sha384-${digest.digest('base64')}`)
    }
    expect(release).toMatch(/^0\.1\.0-[0-9a-f]{16}$/)
  })

  it('are covered by the digest of the element: whatever it loads later, it knows the digest of', async () => {
    const names = (await readdir(widget)).filter((name) => name.endsWith('.js'))
    const texts = await Promise.all(names.map((name) => readFile(join(widget, name), 'utf8')))
    const textOf = new Map(names.map((name, index) => [name, texts[index] ?? '']))
    const digestsOf = (name: string): string[] =>
      ['sha256', 'sha384'].map((hash) =>
        createHash(hash)
          .update(textOf.get(name) ?? '')
          .digest('base64'),
      )
    const covered = new Set(['bridge-widget.js'])
    // Each one that is found is looked through in its turn.
    for (const name of covered) {
      const text = textOf.get(name) ?? ''
      for (const other of names) {
        if (digestsOf(other).some((digest) => text.includes(digest))) covered.add(other)
      }
    }
    // By the network's own pages; and a worker, which a browser takes from the page's own origin alone.
    const loadedElsewhere = /^(bridge-widget|frame|page|page-.*|clock-.*)\.js$/
    expect(names.filter((name) => !covered.has(name) && !loadedElsewhere.test(name))).toEqual([])
    expect(covered.size).toBeGreaterThan(1)
  })
})

describe('the white space that the build leaves out', () => {
  /** Every layout, as the element in the folder `name` of the site renders it, and what can be opened in a card. */
  async function looks(name: string): Promise<{ outline: string; picture: string }[]> {
    const page = await browser.newPage({ reducedMotion: 'reduce' })
    await page.goto(`${url}/${name}`)
    await page.waitForFunction(() => customElements.get('bridge-widget'))
    const seen = []
    for (const layout of ['switch', 'banner', 'floating', 'card']) {
      await page.evaluate((layout) => {
        document.body.innerHTML = `<bridge-widget network="/v1/network" layout="${layout}"></bridge-widget>`
      }, layout)
      seen.push(await look(page))
    }
    for (const [button, part] of [
      ['How this works', 'how'],
      ['Your limits', 'limits'],
    ] as const) {
      await page.getByRole('button', { name: button }).click()
      await page.locator(`bridge-widget [part=${part}]`).waitFor()
      seen.push(await look(page))
    }
    await page.close()
    return seen
  }

  async function look(page: Page): Promise<{ outline: string; picture: string }> {
    await page.locator('bridge-widget button').first().waitFor()
    const outline = await page.locator('bridge-widget').evaluate((element) => {
      const outlineOf = (node: Node): string => {
        if (node instanceof Text) return node.data.trim().replace(/\s+/g, ' ')
        if (!(node instanceof Element)) return ''
        const attributes = [...node.attributes].map(({ name, value }) => ` ${name}="${value}"`)
        return `<${node.localName}${attributes.join('')}>${childrenOf(node)}</${node.localName}>`
      }
      const childrenOf = (node: Node): string => [...node.childNodes].map(outlineOf).join('')
      return childrenOf(element.shadowRoot as ShadowRoot)
    })
    const picture = await page.locator('bridge-widget').screenshot({ animations: 'disabled' })
    return { outline, picture: createHash('sha256').update(picture).digest('hex') }
  }

  it('is to be seen nowhere', async () => {
    const entry = join(project, 'whole.js')
    await writeFile(entry, `import '@footbridge/bridge-widget/define'`)
    await bundle('whole', entry)
    const built = join(project, 'site', 'built')
    await cp(join(ROOT, 'bridge-widget', 'dist', 'widget'), built, { recursive: true })
    await writeFile(join(built, 'main.js'), `import './bridge-widget.js'`)
    expect(await looks('built')).toEqual(await looks('whole'))
  })
})

describe.each([
  ['React', 'react', 'main.tsx'],
  ['Vue', 'vue', 'main.ts'],
])('the example for %s', (_, name, entry) => {
  it('sets properties, follows events, and turns on by a click alone', async () => {
    await bundle(name, join(project, 'examples', name, entry))
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(`${url}/${name}`)
    const told = page.locator('#told')
    await told.filter({ hasText: 'The bridge is off.' }).waitFor()
    expect(
      await page.evaluate(() => {
        const { network, layout, maxClients, state } = document.querySelector('bridge-widget') as BridgeWidget
        return { network, layout, maxClients, state }
      }),
    ).toEqual({ network: '/v1/network', layout: 'card', maxClients: 4, state: 'off' })
    await page.getByRole('switch').click()
    await told.filter({ hasText: /The bridge is (testing|connecting)/ }).waitFor()
    await page.getByRole('switch').click()
    await told.filter({ hasText: 'The bridge is off.' }).waitFor()
    expect(errors).toEqual([])
    await page.close()
  })
})
