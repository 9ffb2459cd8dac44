/**
 * Bundles the widget for browsers into `dist/widget`: the element (`bridge-widget.js`), which is all a page loads at
 * first; chunks that it loads when they are needed, and whose digests it knows (the engine, what is to be seen while it
 * runs, the panel of limits, the languages); the volunteer page; and a manifest with the SRI digest of each file.
 */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { drawWorld } from './build-world.mjs'
import { leanSimplePeer } from './lean-simple-peer.mjs'

const PACKAGE = dirname(fileURLToPath(import.meta.url))
const OUTPUT = join(PACKAGE, 'dist', 'widget')
const LANGUAGES = ['ar', 'es', 'fa', 'fr', 'my', 'pt', 'ru', 'tr', 'vi', 'zh-Hans', 'zh-Hant']
const PAGE_FILES = [
  'index.html',
  'page.css',
  'volunteer.css',
  'app.webmanifest',
  'icon.svg',
  'icon-180.png',
  'icon-192.png',
  'icon-512.png',
  'icon-maskable-512.png',
]
const FRAME_FILES = ['frame.html', 'frame.css']

await rm(OUTPUT, { recursive: true, force: true })
await mkdir(OUTPUT, { recursive: true })
const clock = await bundle('clock-worker.ts', { entryNames: 'clock-[hash]' })
const engine = await chunk('engine', 'browser-engine.ts', {
  alias: leanSimplePeer(),
  define: { CLOCK_WORKER: JSON.stringify(clock) },
})
const limits = await chunk('limits', 'limits-panel.ts', leanLit())
const live = await chunk('live', 'live-view.ts', leanLit({ limits }))
const texts = {}
for (const language of LANGUAGES) texts[language] = await textChunk(language)
await bundle('define.ts', {
  entryNames: 'bridge-widget',
  plugins: [compact(), leaveOut()],
  // Lit's own names for its parts; not that by which it knows a template, which other chunks make.
  mangleProps: /^_\$[A-Z]/,
  define: inBundle({ engine, live }, texts),
})
await bundle('frame/frame.ts', { entryNames: 'frame' })
await bundle('page/page.ts', { entryNames: 'page', chunkNames: 'page-[name]-[hash]', splitting: true })
await writeFile(join(OUTPUT, 'world.json'), JSON.stringify(drawWorld()))
for (const file of PAGE_FILES) await copyFile(join(PACKAGE, 'src', 'page', file), join(OUTPUT, file))
for (const file of FRAME_FILES) await copyFile(join(PACKAGE, 'src', 'frame', file), join(OUTPUT, file))
await bundleForNpm()
await writeFile(join(OUTPUT, 'manifest.json'), `${JSON.stringify(await manifest(), undefined, 2)}\n`)

async function manifest() {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'))
  const files = {}
  for (const name of (await readdir(OUTPUT)).sort()) {
    const bytes = await readFile(join(OUTPUT, name))
    files[name] = { bytes: bytes.length, integrity: integrityOf(bytes) }
  }
  // The name under which signaling keeps just these files, whatever it serves later.
  const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex')
  return { version, release: `${version}-${digest.slice(0, 16)}`, files }
}

function integrityOf(bytes, hash = 'sha384') {
  return `${hash}-${createHash(hash).update(bytes).digest('base64')}`
}

/**
 * The engine that the package holds is the same lean one: it takes the place of what the compiler made, which would
 * bring along, in the bundle of whoever imports the package, all that is left out here.
 */
async function bundleForNpm() {
  await bundle('browser-engine.ts', {
    outdir: join(PACKAGE, 'dist'),
    minify: false,
    sourcemap: true,
    alias: leanSimplePeer(),
  })
}

/** One file of its own, so that one digest covers it. Returns its name. */
async function bundle(entry, options) {
  const { metafile } = await build({
    // Else names of files would depend on where this is run.
    absWorkingDir: PACKAGE,
    ...(entry !== undefined && { entryPoints: [join(PACKAGE, 'src', entry)] }),
    outdir: OUTPUT,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@footbridge/source'],
    minify: true,
    legalComments: 'external',
    logLevel: 'warning',
    metafile: true,
    ...options,
  })
  return Object.keys(metafile.outputs)
    .map((path) => basename(path))
    .find((name) => name.endsWith('.js'))
}

/** What an element has loaded brings no second Lit along: a template is data, for the element's own Lit to render. */
function leanLit(parts) {
  const alias = { 'lit/html.js': join(PACKAGE, 'src', 'lit-parts', 'html.js') }
  return { alias, plugins: [compact(), leaveOut()], define: inBundle(parts) }
}

/** A file that is loaded when it is needed. Returns its digest, of which its name has the beginning. */
async function chunk(name, entry, options) {
  const file = join(OUTPUT, await bundle(entry, { entryNames: name, ...options }))
  const digest = integrityOf(await readFile(file), 'sha256').slice('sha256-'.length)
  await rename(file, join(OUTPUT, `${name}-${digest.slice(0, 8).replace(/\W/g, '_')}.js`))
  return digest
}

/** What is read before opting in, a file that has the digest of another with the rest. */
async function textChunk(language) {
  const source = JSON.stringify(join(PACKAGE, 'src', 'texts', `${language.toLowerCase()}.ts`))
  const made = (name, contents) =>
    chunk(`${name}-${language}`, undefined, { stdin: { contents, resolveDir: PACKAGE }, charset: 'utf8' })
  const live = await made('live', `export { live } from ${source}`)
  return made('text', `export { offer } from ${source}; export const live = '${live}'`)
}

function inBundle(parts, texts) {
  return { BUNDLED: 'true', PARTS: JSON.stringify(parts ?? {}), TEXTS: JSON.stringify(texts ?? {}) }
}

/** Leaves out the white space of styles and templates, which a bundler takes for text. */
function compact() {
  return {
    name: 'compact',
    setup({ onLoad }) {
      onLoad({ filter: /\.styles\.ts$/ }, async ({ path }) => {
        const [before, styles, after] = (await readFile(path, 'utf8')).split('`')
        const { code } = await transform(styles, { loader: 'css', minify: true })
        return { contents: [before, code.trim(), after].join('`'), loader: 'ts' }
      })
      onLoad({ filter: /(\.template|icons|-view|-panel)\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8')
        const contents = source
          .replace(/>\s*\n\s*(?=[<$])|(?<=[}>])\n\s*(?=<)/g, (gap) => (gap[0] === '>' ? '>' : ''))
          .replace(/\n\s+(?=[@?.]?[a-z-]+=[$"])/g, ' ')
          .replace(/(?<=["}])\n\s*>/g, '>')
        return { contents, loader: 'ts' }
      })
    },
  }
}

/** What the bundled element loads by its digest instead. */
function leaveOut() {
  return {
    name: 'leave-out',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/text-sources\.ts$/ }, ({ path }) => ({
        path,
        namespace: 'left-out',
        sideEffects: false,
      }))
      onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export const textSources = {}' }))
    },
  }
}
