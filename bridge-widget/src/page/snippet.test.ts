import { expect, it } from 'vitest'
import { type EmbedOptions, formatTags, snippetTags } from './snippet.ts'

const PLAIN: EmbedOptions = {
  way: 'element',
  layout: 'card',
  theme: 'auto',
  lang: '',
  maxClients: undefined,
  maxRate: '',
}
const SOURCE = { origin: 'https://signaling.example', integrity: 'sha384-AAAA' }

const snippet = (options: Partial<EmbedOptions>, source: object = {}) =>
  formatTags(snippetTags({ ...PLAIN, ...options }, { ...SOURCE, ...source }))

it('is two lines with nothing in them that is the default anyhow', () => {
  expect(snippet({})).toBe(
    `<script type="module" src="https://signaling.example/widget/bridge-widget.js" integrity="sha384-AAAA" crossorigin></script>
<bridge-widget network="https://signaling.example/v1/network"></bridge-widget>`,
  )
})

it('holds each option that differs', () => {
  expect(snippet({ layout: 'banner', theme: 'dark', lang: 'fa', maxClients: 4, maxRate: '2MB' })).toContain(
    ' layout="banner" theme="dark" lang="fa" max-clients="4" max-rate="2MB"></bridge-widget>',
  )
})

it('points at files that stay as they are, where the server keeps them', () => {
  expect(snippet({}, { release: '0.1.0-0123456789abcdef' })).toContain(
    'src="https://signaling.example/widget/0.1.0-0123456789abcdef/bridge-widget.js"',
  )
})

it('goes without a digest that is not known', () => {
  expect(snippet({}, { integrity: undefined })).not.toContain('integrity')
})

it('puts the frame into a sandbox', () => {
  expect(snippet({ way: 'iframe', layout: 'switch', theme: 'dark', maxClients: 4 })).toBe(
    '<iframe src="https://signaling.example/widget/frame.html?layout=switch&amp;theme=dark&amp;max-clients=4" title="Footbridge" sandbox="allow-scripts allow-same-origin" width="420" height="120" loading="lazy"></iframe>',
  )
})
