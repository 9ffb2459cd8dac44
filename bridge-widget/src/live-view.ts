import { html, type TemplateResult } from 'lit'
import type { BridgeStats } from './engine.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import { formatBytes, formatDuration, formatNumber, plural } from './formats.ts'
import type { LiveText } from './texts/text.ts'

/*
 * What there is to see once somebody has opted in. Loaded then.
 */

export interface LiveFacts {
  readonly state: Exclude<BridgeState, 'off'>
  readonly reason: BridgeReason | undefined
  readonly stats: BridgeStats
}

export function statusText({ state, reason, stats }: LiveFacts, text: LiveText, lang: string): string {
  if (state === 'helping') return plural(text.helping, stats.clients, lang)
  return (reason && text.reasons[reason]) ?? text[state]
}

/** Numbers of all visits, where those are kept. */
export function renderStats(stats: BridgeStats, text: LiveText, lang: string): TemplateResult {
  const { clients, total } = stats
  return html`<dl part="stats" class="stats">
    ${renderFigure(text.now, formatNumber(clients, lang))}
    ${renderFigure(text.times, formatNumber(total.peopleHelped, lang))}
    ${renderFigure(text.passedOn, formatBytes(total.bytes, lang))}
    ${renderFigure(text.duration, formatDuration(total.seconds, lang))}
  </dl>`
}

function renderFigure(name: string, value: string): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

export const liveStyles = `
  .stats {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 6.25rem), 1fr));
    gap: 1rem 1.25rem;
    margin: 1.25rem 0 0;
  }
  .stats div {
    display: flex;
    flex-direction: column;
    justify-content: space-between;
    padding-block-start: 0.5rem;
    border-block-start: 2px solid var(--_border);
  }
  dt {
    color: var(--_muted);
    font-size: 0.8125rem;
    line-height: 1.35;
  }
  dd {
    margin: 0.125rem 0 0;
    font-size: 1.25rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    line-height: 1.3;
  }
  @container (inline-size >= 48rem) {
    :host([layout='banner']) .stats {
      margin-block-start: 1rem;
      padding-block-start: 0;
    }
  }
`
