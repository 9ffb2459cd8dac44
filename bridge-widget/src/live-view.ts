import { html, nothing, type TemplateResult } from 'lit/html.js'
import { formatBytes, formatDuration, formatNumber, plural } from './formats.ts'
import type { Language } from './language.ts'
import { loadLimitsPanel } from './load-limits.ts'
import { live as english } from './texts/en.ts'
import type { LiveText } from './texts/text.ts'
import type { OpenPart, WidgetFacts } from './widget-facts.ts'

export { liveStyles } from './live-view.styles.ts'

/*
 * What there is to see once somebody has opted in, or asks how it works. Loaded then.
 */

export interface LiveView {
  readonly status: string
  readonly stats: TemplateResult | typeof nothing
  /** Below the button that opened it; `undefined` while it is being loaded. */
  readonly more: TemplateResult | undefined
}

export interface LiveContext {
  readonly lang: Language
  /** English if there is none. */
  readonly text: LiveText | undefined
  readonly promise: string
  readonly open: OpenPart | undefined
  onChange(): void
  /** Something that was opened cannot be had. */
  onFailure(): void
  adopt(styles: string): void
}

let limitsPanel: typeof import('./limits-panel.ts') | undefined

export function renderLive(facts: WidgetFacts, context: LiveContext): LiveView {
  const { open, lang } = context
  const loaded = context.text ?? english
  const { texts } = facts
  const text: LiveText = { ...loaded, ...texts, reasons: { ...loaded.reasons, ...texts.reasons } }
  return {
    status: statusText(facts, text, lang),
    stats: facts.stats.total.peopleHelped > 0 ? renderStats(facts, text, lang) : nothing,
    more: open === 'how' ? renderHow(text, context.promise) : open && renderLimits(facts, text, context),
  }
}

function statusText({ state, reason, stats }: WidgetFacts, text: LiveText, lang: string): string {
  if (state === 'off') return ''
  if (state === 'helping') return plural(text.helping, stats.clients, lang)
  return (reason && text.reasons[reason]) ?? text[state]
}

/** Of all visits, but for the people who are helped now. */
function renderStats({ stats }: WidgetFacts, text: LiveText, lang: string): TemplateResult {
  const { clients, total } = stats
  const figure = (name: string, value: string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  return html`<dl part="stats" class="stats">
    ${figure(text.now, formatNumber(clients, lang))}
    ${figure(text.times, formatNumber(total.peopleHelped, lang))}
    ${figure(text.passedOn, formatBytes(total.bytes, lang))}
    ${figure(text.duration, formatDuration(total.seconds, lang))}
  </dl>`
}

function renderHow(text: LiveText, promise: string): TemplateResult {
  return html`<div part="how"><slot name="how">
    <p>${text.howSealed}</p>
    <p><strong>${promise}</strong> ${text.howSeen}</p>
    <p>${text.howCost} ${text.howKept}</p>
  </slot></div>`
}

function renderLimits(facts: WidgetFacts, text: LiveText, context: LiveContext): TemplateResult | undefined {
  const { lang, onChange, onFailure, adopt } = context
  if (limitsPanel === undefined) {
    loadLimitsPanel().then((panel) => {
      limitsPanel = panel
      onChange()
    }, onFailure)
    return undefined
  }
  adopt(limitsPanel.limitsStyles)
  return limitsPanel.renderLimits({ facts, text, lang, onChange })
}
