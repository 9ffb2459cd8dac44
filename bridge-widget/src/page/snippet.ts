import type { BridgeLayout, BridgeTheme } from '../bridge-widget.ts'

/** What a site owner chooses. */
export interface EmbedOptions {
  readonly way: 'element' | 'iframe'
  readonly layout: BridgeLayout
  readonly theme: BridgeTheme
  /** Empty: that of the page. */
  readonly lang: string
  readonly maxClients: number | undefined
  readonly maxRate: string
}

/** Where the widget is had from. */
export interface WidgetSource {
  /** Of the signaling server. */
  readonly origin: string
  /** Folder below `/widget/` in which the files of this build stay as they are. */
  readonly release?: string | undefined
  /** Digest of the element’s file, if it is known. */
  readonly integrity: string | undefined
}

export interface Tag {
  readonly name: string
  /** `true`: an attribute without a value. */
  readonly attributes: readonly (readonly [name: string, value: string | true])[]
}

const FRAME_SIZES: Readonly<Record<BridgeLayout, readonly [width: number, height: number]>> = {
  card: [420, 400],
  banner: [900, 170],
  switch: [420, 120],
  floating: [420, 400],
}

/** The attributes of the element for `options`; what is the default anyhow is left out. */
export function elementAttributes(options: EmbedOptions): (readonly [string, string])[] {
  const { layout, theme, lang, maxClients, maxRate } = options
  const attributes: (readonly [string, string | undefined])[] = [
    ['layout', layout === 'card' ? undefined : layout],
    ['theme', theme === 'auto' ? undefined : theme],
    ['lang', lang],
    ['max-clients', maxClients?.toString()],
    ['max-rate', maxRate],
  ]
  return attributes.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
}

/** The tags that a site owner puts into a page. */
export function snippetTags(options: EmbedOptions, source: WidgetSource): Tag[] {
  return options.way === 'iframe' ? [frame(options, source)] : element(options, source)
}

/** As text: one line for each tag. */
export function formatTags(tags: readonly Tag[]): string {
  return tags
    .map(({ name, attributes }) => {
      const written = attributes.map(([key, value]) =>
        value === true ? ` ${key}` : ` ${key}="${escapeText(value)}"`,
      )
      return `<${name}${written.join('')}></${name}>`
    })
    .join('\n')
}

function element(options: EmbedOptions, { origin, release, integrity }: WidgetSource): Tag[] {
  const folder = release === undefined ? '' : `${release}/`
  return [
    {
      name: 'script',
      attributes: [
        ['type', 'module'],
        ['src', `${origin}/widget/${folder}bridge-widget.js`],
        ...(integrity === undefined ? [] : [['integrity', integrity] as const]),
        ['crossorigin', true],
      ],
    },
    {
      name: 'bridge-widget',
      attributes: [['network', `${origin}/v1/network`], ...elementAttributes(options)],
    },
  ]
}

function frame(options: EmbedOptions, { origin }: WidgetSource): Tag {
  const query = new URLSearchParams(Object.fromEntries(elementAttributes(options))).toString()
  const [width, height] = FRAME_SIZES[options.layout]
  return {
    name: 'iframe',
    attributes: [
      ['src', `${origin}/widget/frame.html${query === '' ? '' : `?${query}`}`],
      ['title', 'Footbridge'],
      ['sandbox', 'allow-scripts allow-same-origin'],
      ['width', String(width)],
      ['height', String(height)],
      ['loading', 'lazy'],
    ],
  }
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
