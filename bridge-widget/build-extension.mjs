/**
 * Builds the browser extension into `dist/extension/chromium` and `dist/extension/firefox`: folders that the browser loads
 * as they are, with all code inside. `--network URL` makes it one for that network; else the volunteer is asked.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { leanSimplePeer } from './lean-simple-peer.mjs'

const PACKAGE = dirname(fileURLToPath(import.meta.url))
const SOURCE = join(PACKAGE, 'extension')
const OUTPUT = join(PACKAGE, 'dist', 'extension')
const PAGE_FILES = ['popup.html', 'options.html', 'pages.css', 'icons', '_locales']
const BROWSERS = {
  chromium: { scripts: ['chromium/background.ts', 'chromium/host.ts'], files: ['chromium/host.html'] },
  firefox: { scripts: ['firefox/background.ts'], files: [] },
}

const { network } = parseArgs({ options: { network: { type: 'string' } } }).values
if (network !== undefined && !/^https?:/.test(network)) {
  process.stderr.write('--network takes the URL of a network descriptor: https://…/v1/network\n')
  process.exit(2)
}
const { version } = await readJson(join(PACKAGE, 'package.json'))
await rm(OUTPUT, { recursive: true, force: true })
for (const [browser, { scripts, files }] of Object.entries(BROWSERS)) {
  const folder = join(OUTPUT, browser)
  await mkdir(folder, { recursive: true })
  await bundle([...scripts, 'popup.ts', 'options.ts'], folder)
  for (const file of [...PAGE_FILES, ...files])
    await cp(join(SOURCE, file), join(folder, file), { recursive: true })
  const manifest = {
    ...(await readJson(join(SOURCE, 'manifest.json'))),
    ...(await readJson(join(SOURCE, browser, 'manifest.json'))),
    version,
  }
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
}

async function readJson(path) {
  return JSON.parse(await readFile(path, 'utf8'))
}

async function bundle(entries, folder) {
  await build({
    entryPoints: entries.map((entry) => join(SOURCE, entry)),
    outbase: SOURCE,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@footbridge/source'],
    // Not minified, because stores have people read it.
    legalComments: 'eof',
    logLevel: 'warning',
    ...(network !== undefined && { define: { NETWORK: JSON.stringify(new URL(network).href) } }),
    alias: leanSimplePeer(),
    plugins: [popupEngine()],
  })
}

/** Gives the element, which only the popup has, `popup-bridge.ts` where it loads the engine. */
function popupEngine() {
  return {
    name: 'popup-engine',
    setup({ onResolve }) {
      onResolve({ filter: /\/browser-engine\.ts$/ }, ({ importer }) =>
        basename(importer) === 'load-engine.ts' ? { path: join(SOURCE, 'popup-bridge.ts') } : undefined,
      )
    },
  }
}
