import { html, nothing, type TemplateResult } from 'lit'
import type { BridgeStats } from './engine.ts'
import type { BridgeReason, BridgeState } from './engine-state.ts'
import { formatBytes, formatTime, STATUS_TEXT, TEXT } from './texts.ts'

export interface WidgetView {
  readonly state: BridgeState
  readonly reason: BridgeReason | undefined
  readonly stats: BridgeStats
  readonly disabled: boolean
  readonly lang: string
  /** Why it could not be turned on. */
  readonly error: string | undefined
  onToggle(event: Event): void
}

export function renderWidget(view: WidgetView): TemplateResult {
  const { state, disabled, onToggle } = view
  return html`
    <section part="base" class="base" data-state=${state} aria-labelledby="heading">
      <div class="row">
        <h2 part="heading" id="heading"><slot name="heading">${TEXT.heading}</slot></h2>
        <button
          part="switch"
          type="button"
          role="switch"
          aria-checked=${state === 'off' ? 'false' : 'true'}
          aria-labelledby="heading"
          aria-describedby="description promise"
          ?disabled=${disabled && state === 'off'}
          @click=${onToggle}
        >
          <span class="thumb"></span>
        </button>
      </div>
      <p part="status" class="status" role="status"><span class="light"></span>${statusText(view)}</p>
      <p part="description" id="description"><slot name="description">${TEXT.description}</slot></p>
      <p part="promise" id="promise" class="promise">${TEXT.promise}</p>
      ${renderStats(view)}
    </section>
  `
}

function statusText({ state, reason, stats, error }: WidgetView): string {
  if (state === 'off' && error !== undefined) return `${TEXT.failed} ${error}.`
  return STATUS_TEXT[state]({ clients: stats.clients, reason })
}

function renderStats({ stats, lang }: WidgetView): TemplateResult | typeof nothing {
  if (stats.peopleHelped === 0) return nothing
  return html`
    <dl part="stats" class="stats">
      <div>
        <dt>${TEXT.helped}</dt>
        <dd>${stats.peopleHelped}</dd>
      </div>
      <div>
        <dt>${TEXT.passedOn}</dt>
        <dd>${formatBytes(stats.bytesDown + stats.bytesUp, lang)}</dd>
      </div>
      ${
        stats.since === undefined
          ? nothing
          : html`<div>
            <dt>${TEXT.since}</dt>
            <dd>${formatTime(stats.since, lang)}</dd>
          </div>`
      }
    </dl>
  `
}
