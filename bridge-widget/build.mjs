/**
 * Bundles the widget for browsers into `dist/widget`: the element (`bridge-widget.js`), which is all a page loads at
 * first; the engine, a chunk loaded when somebody turns it on, whose digest the element knows; the volunteer page; and
 * a manifest with the SRI digest of each file.
 */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { leanSimplePeer } from './lean-simple-peer.mjs'

const PACKAGE = dirname(fileURLToPath(import.meta.url))
const OUTPUT = join(PACKAGE, 'dist', 'widget')
const PAGE_FILES = ['index.html', 'page.css', 'icon.svg']

await rm(OUTPUT, { recursive: true, force: true })
await mkdir(OUTPUT, { recursive: true })
const engine = await bundle('browser-engine.ts', {
  entryNames: 'engine-[hash]',
  alias: leanSimplePeer(),
})
await bundle('define.ts', {
  entryNames: 'bridge-widget',
  plugins: [loadOnDemand('./browser-engine.ts', engine)],
  define: {
    ENGINE: JSON.stringify({ file: engine, integrity: integrityOf(await readFile(join(OUTPUT, engine))) }),
  },
})
for (const file of PAGE_FILES) await copyFile(join(PACKAGE, 'src', 'page', file), join(OUTPUT, file))
await writeFile(join(OUTPUT, 'manifest.json'), `${JSON.stringify(await manifest(), undefined, 2)}\n`)

async function manifest() {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'))
  const files = {}
  for (const name of (await readdir(OUTPUT)).sort()) {
    const bytes = await readFile(join(OUTPUT, name))
    files[name] = { bytes: bytes.length, integrity: integrityOf(bytes) }
  }
  return { version, files }
}

function integrityOf(bytes) {
  return `sha384-${createHash('sha384').update(bytes).digest('base64')}`
}

/** One file of its own, so that one digest covers it. Returns its name. */
async function bundle(entry, options) {
  const { metafile } = await build({
    entryPoints: [join(PACKAGE, 'src', entry)],
    outdir: OUTPUT,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@footbridge/source'],
    minify: true,
    legalComments: 'linked',
    logLevel: 'warning',
    metafile: true,
    ...options,
  })
  return Object.keys(metafile.outputs)
    .map((path) => basename(path))
    .find((name) => name.endsWith('.js'))
}

/** Leaves the import of `specifier` as one of `file`, for the browser to do when it gets there. */
function loadOnDemand(specifier, file) {
  return {
    name: 'load-on-demand',
    setup({ onResolve }) {
      onResolve({ filter: /.*/ }, ({ path }) =>
        path === specifier ? { path: `./${file}`, external: true } : undefined,
      )
    },
  }
}
