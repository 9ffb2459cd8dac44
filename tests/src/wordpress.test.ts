import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BridgeWidget } from '@footbridge/bridge-widget'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { freePort, HOST } from './loopback.ts'
import { TestNetwork } from './network.test.helper.ts'
import { run } from './run.test.helper.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PLUGINS = join(ROOT, 'bridge-widget', 'wordpress')
const RUN = fileURLToPath(new URL('./wordpress/run.php', import.meta.url))

/** Debian's, or one that `npm test` unpacked; see `scripts/bootstrap.mjs`. */
const WORDPRESS = [
  process.env.WORDPRESS_PATH ?? '',
  '/usr/share/wordpress',
  join(ROOT, 'node_modules/.wordpress'),
].find((folder) => existsSync(join(folder, 'wp-settings.php')))
const PHP = (process.env.PATH ?? '')
  .split(':')
  .map((folder) => join(folder, 'php'))
  .find(existsSync)

const PINNED = {
  signaling: 'https://signaling.example',
  layout: 'card',
  theme: 'auto',
  place: 'shortcode',
  release: '0.1.0-0123456789abcdef',
  integrity: `sha384-${'A'.repeat(64)}`,
}

interface Visit {
  /** What is stored. */
  readonly option?: unknown
  readonly as?: 'visitor' | 'admin'
}

/** What `program`, in PHP, returns in a real WordPress with the plugin. */
async function wordpress(program: string, { option, as = 'visitor' }: Visit = {}): Promise<unknown> {
  const stored = option === undefined ? '' : JSON.stringify(option)
  const printed = await run(PHP ?? 'php', [RUN, WORDPRESS ?? '', PLUGINS, stored, as, program])
  return JSON.parse(printed.split('\n').at(-1) ?? '')
}

/** A page: the shortcode, and what the plugin adds below. */
const PAGE = `ob_start(); $shown = do_shortcode('[footbridge]'); echo $shown; Footbridge\\footer(); return ob_get_clean();`

describe.skipIf(WORDPRESS === undefined || PHP === undefined)(
  'the WordPress plugin (skipped without php and WordPress: install them, or set WORDPRESS_PATH)',
  () => {
    it('has no file that PHP finds fault with, or that runs by itself', async () => {
      const files = (await readdir(PLUGINS, { recursive: true })).filter((name) => name.endsWith('.php'))
      expect(files.length).toBeGreaterThan(4)
      for (const name of files) {
        expect(await run(PHP ?? 'php', ['-l', join(PLUGINS, name)])).toMatch(/^No syntax errors/)
        expect(await run(PHP ?? 'php', ['-d', 'display_errors=1', join(PLUGINS, name)])).toBe('')
      }
    })

    describe('on a page', () => {
      it('is the element, and a script that is named by its digest', async () => {
        const html = await wordpress(PAGE, { option: { ...PINNED, layout: 'banner', theme: 'dark' } })
        expect(html).toContain(
          '<bridge-widget network="https://signaling.example/v1/network" layout="banner" theme="dark"></bridge-widget>',
        )
        const [script = ''] = String(html).match(/<script .*<\/script>/s) ?? []
        expect(script).toContain(` src="https://signaling.example/widget/${PINNED.release}/bridge-widget.js"`)
        expect(script).toContain(` integrity="${PINNED.integrity}"`)
        expect(script).toContain(' type="module"')
        expect(script).toContain(' crossorigin="anonymous"')
      })

      it.each([
        ['nothing is stored', undefined],
        ['something else is stored', 'text'],
        ['there is no digest', { ...PINNED, integrity: '' }],
        ['the digest is none', { ...PINNED, integrity: '"><script>alert(1)</script>' }],
        ['the network is none', { ...PINNED, signaling: 'javascript:alert(1)' }],
      ])('is not there if %s', async (_, option) => {
        expect(await wordpress(PAGE, { option })).toBe('')
      })

      it('adds no script to a page without a switch', async () => {
        const program = 'ob_start(); Footbridge\\footer(); return ob_get_clean();'
        expect(await wordpress(program, { option: PINNED })).toBe('')
      })

      it('is in a corner of every page if the owner wants it there', async () => {
        const program = 'ob_start(); Footbridge\\footer(); return ob_get_clean();'
        const html = await wordpress(program, { option: { ...PINNED, place: 'everywhere' } })
        expect(html).toMatch(/^<bridge-widget [^>]* layout="floating" .*<script /s)
      })

      it('takes no attribute from an author but known ones with known values', async () => {
        const evil = `[footbridge layout='"><script>alert(1)</script>' theme='dark" onclick="alert(1)' network='https://evil.example' style='x']`
        const program = `return do_shortcode(${JSON.stringify(evil).replaceAll('$', '\\$')});`
        expect(await wordpress(program, { option: PINNED })).toMatch(
          /^<bridge-widget network="https:\/\/signaling\.example\/v1\/network" layout="card" theme="auto"><\/bridge-widget>/,
        )
      })
    })

    describe('its settings', () => {
      let network: TestNetwork
      let stranger: Server
      let strangerPort: number
      /** What the stranger says. */
      let said: string

      beforeAll(async () => {
        network = await TestNetwork.start()
        strangerPort = await freePort()
        stranger = createServer((_request, response) =>
          response.setHeader('content-type', 'text/html').end(said),
        ).listen(strangerPort, HOST)
      })
      afterAll(async () => {
        stranger.close()
        await network.close()
      })

      const save = (sent: unknown, option?: unknown): Promise<unknown> =>
        wordpress(
          `update_option('footbridge', json_decode(base64_decode('${Buffer.from(JSON.stringify(sent)).toString('base64')}'), true));
          return [get_option('footbridge'), array_column(get_settings_errors(), 'message')];`,
          { as: 'admin', option },
        )

      it('name the newest release of the network by its digest, and that is what visitors run', async () => {
        const url = network.signaling.url
        const manifest = await (await fetch(`${url}/widget/manifest.json`)).json()
        const sent = { signaling: `${url}/anything?x`, layout: 'switch', theme: 'light', place: 'posts' }
        const [stored, problems] = (await save(sent)) as [object, string[]]
        expect(problems).toEqual([])
        const { integrity } = manifest.files['bridge-widget.js']
        expect(stored).toEqual({ ...sent, signaling: url, release: manifest.release, integrity })

        const html = await wordpress(PAGE, { option: stored })
        const browser = await launchChromium()
        const page = await browser.newPage()
        said = `<!doctype html>${html}`
        await page.goto(`http://${HOST}:${strangerPort}`)
        await page.getByRole('switch').click()
        await page.waitForFunction(
          () => (document.querySelector('bridge-widget') as BridgeWidget | null)?.state === 'waiting',
        )
        await browser.close()
      })

      it.each([
        ['is no https address', { signaling: 'http://signaling.example' }],
        ['is no address', { signaling: '"><script>alert(1)</script>' }],
        ['is missing', {}],
        ['is a list', { signaling: ['https://signaling.example'] }],
        ['does not answer', { signaling: 'http://127.0.0.1:1' }],
      ])('stay as they are, and say so, if the server %s', async (_, sent) => {
        const [stored, problems] = (await save(sent, PINNED)) as [object, string[]]
        expect(stored).toEqual(PINNED)
        expect(problems).toEqual([expect.stringContaining('Nothing was changed')])
      })

      it.each([
        ['nothing', ''],
        ['no JSON', '<html>'],
        ['no release', JSON.stringify({ files: { 'bridge-widget.js': { integrity: PINNED.integrity } } })],
        [
          'a release that leads elsewhere',
          JSON.stringify({
            release: '../../evil',
            files: { 'bridge-widget.js': { integrity: PINNED.integrity } },
          }),
        ],
        ['no digest', JSON.stringify({ release: PINNED.release, files: {} })],
        [
          'a digest of another kind',
          JSON.stringify({ release: PINNED.release, files: { 'bridge-widget.js': { integrity: 'md5-x' } } }),
        ],
        [
          'more than it has to',
          JSON.stringify({
            release: PINNED.release,
            files: { 'bridge-widget.js': { integrity: PINNED.integrity }, x: 'x'.repeat(70_000) },
          }),
        ],
        ['something deep', '['.repeat(10_000)],
      ])('stay as they are if the server says %s', async (_, text) => {
        said = text
        const [stored] = (await save({ signaling: `http://${HOST}:${strangerPort}` }, PINNED)) as [object]
        expect(stored).toEqual(PINNED)
      })

      it('are shown to those alone who may change them, in a form with a nonce, escaped', async () => {
        const evil = { ...PINNED, place: '"><script>alert(1)</script>', release: '<b>' }
        const program = `
          $page = function () { ob_start(); try { Footbridge\\print_page(); } catch (Exception $e) { ob_end_clean(); return $e->getMessage(); } return ob_get_clean(); };
          add_filter('wp_die_handler', fn () => function ($message) { throw new Exception($message); });
          $refused = $page();
          add_filter('user_has_cap', fn ($all) => ['manage_options' => true] + $all);
          return [$refused, $page()];`
        const [refused, page] = (await wordpress(program, { as: 'admin', option: evil })) as [string, string]
        expect(refused).toBe('You may not change these settings.')
        expect(page).toContain('action="options.php"')
        expect(page).toMatch(/name="_wpnonce" value="[0-9a-f]+"/)
        expect(page).toContain(`value='footbridge'`)
        expect(page).toContain('value="https://signaling.example"')
        expect(page).not.toMatch(/<script|<b>/)
      })

      it('are not even loaded for visitors', async () => {
        expect(await wordpress(`return function_exists('Footbridge\\\\sanitize');`)).toBe(false)
      })

      it('are gone when the plugin is', async () => {
        const program = `define('WP_UNINSTALL_PLUGIN', 'footbridge/footbridge.php');
          require WP_PLUGIN_DIR . '/footbridge/uninstall.php';
          return get_option('footbridge');`
        expect(await wordpress(program, { as: 'admin', option: PINNED })).toBe(false)
      })
    })
  },
)
