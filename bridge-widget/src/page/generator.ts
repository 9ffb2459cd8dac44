import type { BridgeLayout, BridgeTheme } from '../bridge-widget.ts'
import { LANGUAGES } from '../language.ts'
import { copyWith } from './copying.ts'
import { byId } from './parts.ts'
import {
  type EmbedOptions,
  elementAttributes,
  formatTags,
  snippetTags,
  type Tag,
  type WidgetSource,
} from './snippet.ts'

const ENTRY = 'bridge-widget.js'

interface WidgetManifest {
  readonly release?: string
  readonly files: Readonly<Record<string, { readonly integrity: string }>>
}

/** Shows the lines for a site of one’s own as they are chosen, and what they look like. */
export async function startGenerator(): Promise<void> {
  const form = byId<HTMLFormElement>('options')
  offerLanguages(form)
  const source = await findSource()
  const update = (): void => {
    const options = readOptions(form)
    const tags = snippetTags(options, source)
    byId('snippet').replaceChildren(...highlight(tags))
    byId('snippet-note').textContent = noteOf(options, source)
    preview(options)
  }
  form.addEventListener('input', update)
  form.addEventListener('submit', (event) => event.preventDefault())
  const button = byId('copy-snippet')
  button.addEventListener('click', () => {
    void copyWith(button, formatTags(snippetTags(readOptions(form), source)), byId('snippet'))
  })
  update()
}

function offerLanguages(form: HTMLFormElement): void {
  const select = form.elements.namedItem('lang') as HTMLSelectElement
  for (const lang of LANGUAGES) {
    const option = document.createElement('option')
    option.value = lang
    option.textContent = new Intl.DisplayNames(lang, { type: 'language' }).of(lang) ?? lang
    select.append(option)
  }
}

/** Without the manifest the lines still work, only unpinned. */
async function findSource(): Promise<WidgetSource> {
  const { origin } = location
  try {
    const answer = await fetch(new URL('manifest.json', import.meta.url))
    const { release, files } = (await answer.json()) as WidgetManifest
    return { origin, release, integrity: files[ENTRY]?.integrity }
  } catch {
    return { origin, integrity: undefined }
  }
}

function readOptions(form: HTMLFormElement): EmbedOptions {
  const data = new FormData(form)
  const text = (name: string): string => String(data.get(name) ?? '')
  const maxClients = form.elements.namedItem('maxClients') as HTMLInputElement
  return {
    way: text('way') as EmbedOptions['way'],
    layout: text('layout') as BridgeLayout,
    theme: text('theme') as BridgeTheme,
    lang: text('lang'),
    maxClients: maxClients.value !== '' && maxClients.validity.valid ? maxClients.valueAsNumber : undefined,
    maxRate: text('maxRate'),
  }
}

function noteOf({ way }: EmbedOptions, { release, integrity }: WidgetSource): string {
  if (way === 'iframe') return 'Runs apart from your page: neither can read the other.'
  if (integrity === undefined) return ''
  return release === undefined
    ? 'The digest holds your page to this version. When this server gets another, copy the lines again.'
    : 'The digest holds your page to this version, which this server keeps.'
}

/** Disabled, in a part of the page that takes no clicks: it cannot start, and asks no server for anything. */
function preview(options: EmbedOptions): void {
  const widget = document.createElement('bridge-widget')
  widget.setAttribute('disabled', '')
  for (const [name, value] of elementAttributes(options)) widget.setAttribute(name, value)
  byId('preview').dataset.theme = options.theme
  byId('preview').dataset.layout = options.layout
  byId('preview').replaceChildren(widget)
}

/** The same text as `formatTags` gives, in coloured pieces. */
function highlight(tags: readonly Tag[]): Node[] {
  return tags.flatMap((tag, index) => [
    ...(index === 0 ? [] : [new Text('\n')]),
    ...pieces(formatTags([tag])),
  ])
}

const PIECES = /(<\/?[a-z-]+|>)|("[^"]*")|( [a-z-]+)/g

function pieces(line: string): Node[] {
  const nodes: Node[] = []
  let done = 0
  for (const match of line.matchAll(PIECES)) {
    if (match.index > done) nodes.push(new Text(line.slice(done, match.index)))
    const [text, tag, value] = match
    const piece = document.createElement('span')
    piece.className = tag !== undefined ? 'tag' : value !== undefined ? 'value' : 'name'
    piece.textContent = text
    nodes.push(piece)
    done = match.index + text.length
  }
  nodes.push(new Text(line.slice(done)))
  return nodes
}
